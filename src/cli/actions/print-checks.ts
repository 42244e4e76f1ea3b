import type { CheckDocument } from '../../model/check-document.ts';
import { withoutControls } from '../../model/without-controls.ts';
import { colorsFor } from '../colors.ts';
import { checkMarkdown } from '../render/check-markdown.ts';
import { renderCheckShort } from '../render/check-short.ts';
import { renderCheckTable } from '../render/check-table.ts';
import { isAsciiOnly } from '../render/signs.ts';
import { columnsOf } from '../render/wrap.ts';
import { printJson } from './output.ts';

/** Prints what the checks found on standard output; returns the exit code. */
export function printChecks(checked: CheckDocument, options: { output: string; ascii?: boolean }): number {
  const stream = process.stdout;
  const signs = { colors: colorsFor(stream), ascii: options.ascii ?? isAsciiOnly() };
  const shown = withoutControls(checked);
  if (options.output === 'json') printJson(checked);
  else if (options.output === 'markdown') stream.write(checkMarkdown(shown));
  else if (options.output === 'short') stream.write(`${renderCheckShort(shown, signs)}\n`);
  else {
    const columns = stream.isTTY ? columnsOf(stream) : undefined;
    stream.write(`${renderCheckTable(shown, { ...signs, columns })}\n`);
  }
  return checked.exitCode;
}
