import { type CheckDocument, countsLine } from '../../model/check-document.ts';
import { worstOf } from './check-summary.ts';
import { type SignOptions, signOf, signOfFinding, toAscii } from './signs.ts';

/**
 * For a chat: one line with the result, then one for each finding that somebody has to do something about. Checks that say
 * the same share a line.
 */
export function renderCheckShort(checked: CheckDocument, options: SignOptions): string {
  const { cluster, target, categories, counts } = checked;
  const findings = categories
    .flatMap(({ checks }) => checks.flatMap((check) => check.findings))
    .filter(({ severity }) => severity !== 'note');
  const said = new Map<string, { sign: string; codes: string[] }>();
  for (const finding of findings) {
    const text = `${finding.message.replace(/\s*\n\s*/g, ' ')}${finding.ignored ? ' (ignored)' : ''}`;
    const line = said.get(text) ?? { sign: signOf(signOfFinding(finding), options), codes: [] };
    said.set(text, { ...line, codes: [...line.codes, finding.code] });
  }
  const text = [
    `${signOf(worstOf(checked), options)} ${cluster} to ${target}: ${countsLine(counts)}`,
    ...[...said].map(([message, { sign, codes }]) => `${sign} ${codes.join(', ')} ${message}`),
  ].join('\n');
  return options.ascii ? toAscii(text) : text;
}
