import { stripVTControlCharacters } from 'node:util';
import { type CheckDocument, type CheckedItem, countsLine } from '../../model/check-document.ts';
import type { Finding } from '../../model/finding.ts';
import { remarks, worstOf } from './check-summary.ts';
import { adviceLines } from './findings.ts';
import { colorOfSign, type SignOptions, signOf, signOfFinding, toAscii } from './signs.ts';
import { STANDARD_COLUMNS, wrap } from './wrap.ts';

export interface CheckTableOptions extends SignOptions {
  /** Width of the terminal. Absent: not a terminal; text is held to 80 columns, and evidence is not cut. */
  columns?: number | undefined;
}

/** Less room than this is not worth a beginning of the evidence (columns). */
const LEAST_EVIDENCE = 16;
/** So many checks in a row that saw the same are not listed one by one. */
const LEAST_RUN = 4;
/** Below a check, everything is indented by so much. */
const INDENT = 4;

/**
 * The checks of a cluster as linkerd shows its own: a heading and its underline for each category, a line for each check,
 * and what to do below the ones that found something. The last line is the result.
 */
export function renderCheckTable(checked: CheckDocument, options: CheckTableOptions): string {
  const { colors, ascii = false } = options;
  const { cluster, uid, target, categories } = checked;
  const lines = [
    `${colors.bold(cluster)} ${colors.dim([`to ${target}`, ...(uid ? [`kube-system uid ${uid}`] : [])].join(', '))}`,
    ...categories.flatMap(({ categoryName, checks }) => [
      '',
      colors.bold(categoryName),
      '-'.repeat(categoryName.length),
      ...runsOf(checks).flatMap((run) => runLines(run, options)),
    ]),
    '',
    ...remarks(checked).flatMap((remark) => wrap(colors.dim(remark), 0, options.columns ?? STANDARD_COLUMNS)),
    `Status check results are ${signOf(worstOf(checked), options)}  ${countsLine(checked.counts)}`,
  ];
  const text = lines.join('\n');
  return ascii ? toAscii(text) : text;
}

/** Checks in a row that found nothing and saw the same, as all of Calico's do where there is none. */
function runsOf(checks: readonly CheckedItem[]): CheckedItem[][] {
  const runs: CheckedItem[][] = [];
  for (const check of checks) {
    const before = runs.at(-1)?.at(-1);
    const same = before?.result === 'ok' && check.result === 'ok' && before.saw === check.saw;
    if (same) runs.at(-1)?.push(check);
    else runs.push([check]);
  }
  return runs;
}

/** A long run is shown by its first check and the number of the others. */
function runLines(run: readonly CheckedItem[], options: CheckTableOptions): string[] {
  const [first] = run;
  if (first === undefined || run.length < LEAST_RUN) return run.flatMap((check) => checkLines(check, options));
  const { colors } = options;
  const others = `${signOf('ok', options)} ${run.length - 1} more checks  ${colors.dim(first.saw ?? '')}`;
  return [...checkLines(first, options), others];
}

function checkLines(check: CheckedItem, options: CheckTableOptions): string[] {
  const { colors, columns = STANDARD_COLUMNS } = options;
  const { code, title, result, saw, findings, docs } = check;
  const head = `${signOf(result, options)} ${colors.dim(code)}`;
  if (findings.length === 0) return [`${head} ${title}${evidence(check, options)}`];
  const toRead = result !== 'note' && findings.some(isExplained);
  return [
    `${head} ${colorOfSign(result, colors)(title)}`,
    ...(saw ? wrap(saw, INDENT, columns).map((line) => colors.dim(line)) : []),
    ...findings.flatMap((finding) => findingLines(finding, findings.length > 1, options)),
    ...(toRead ? [`${' '.repeat(INDENT)}${colors.dim(`see ${docs}`)}`] : []),
  ];
}

/** What was not read for the reason of another check has nothing to be read about. */
function isExplained({ unknown, fix, objects }: Finding): boolean {
  return !unknown || fix !== undefined || objects.length > 0;
}

/** One finding has the sign of its check; of several, each has its own, and what belongs to it stands below its text. */
function findingLines(finding: Finding, several: boolean, options: CheckTableOptions): string[] {
  const { colors, columns = STANDARD_COLUMNS } = options;
  const sign = several ? `${signOf(signOfFinding(finding), options)} ` : '';
  const indent = INDENT + stripVTControlCharacters(sign).length;
  const [first = '', ...more] = wrap(finding.message, indent, columns);
  return [
    `${' '.repeat(INDENT)}${sign}${first.trimStart()}`,
    ...more,
    ...adviceLines(finding, { colors, indent, columns }),
  ];
}

/** What was seen, as far as it fits beside the title. */
function evidence({ code, title, saw, result }: CheckedItem, { colors, columns, ascii }: CheckTableOptions): string {
  const text = saw ?? (result === 'skipped' ? 'needs the cluster' : '');
  if (text === '') return '';
  const room = (columns ?? Number.POSITIVE_INFINITY) - `${ascii ? '..' : '.'} ${code} ${title}  `.length;
  if (text.length <= room) return `  ${colors.dim(text)}`;
  return room < LEAST_EVIDENCE ? '' : `  ${colors.dim(`${text.slice(0, room - (ascii ? 3 : 1)).trimEnd()}…`)}`;
}
