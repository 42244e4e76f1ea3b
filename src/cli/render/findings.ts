import { adviceOf } from '../../model/advice.ts';
import type { Finding } from '../../model/finding.ts';
import { someOf } from '../../model/some-of.ts';
import type { Colors } from '../colors.ts';
import { signOf, signOfFinding } from './signs.ts';
import { STANDARD_COLUMNS, wrap } from './wrap.ts';

/** Objects that are listed below a finding; the JSON has them all. */
const MOST_OBJECTS = 6;

export interface FindingOptions {
  colors: Colors;
  /** Spaces before each line. */
  indent: number;
  columns: number;
}

/** What a finding says after its sign and message: the objects that the message does not name, the fix, the command. */
export function adviceLines(finding: Finding, { colors, indent, columns }: FindingOptions): string[] {
  const { ignored } = finding;
  const { fix, command } = adviceOf(finding);
  const space = ' '.repeat(indent);
  return [
    ...(ignored ? [`${space}${colors.yellow('a blocker, set aside by --ignore-checks')}`] : []),
    ...someOf(unnamedObjects(finding), MOST_OBJECTS).map((object) => `${space}${colors.dim(object)}`),
    ...(fix ? wrap(`fix: ${fix}`, indent, columns) : []),
    // Never wrapped: it is there to be copied.
    ...(command ? command.split('\n').map((line) => `${space}  ${colors.cyan(line)}`) : []),
  ];
}

/** Findings with their stable codes, worst first, each with what to do about it. */
export function renderFindings(findings: readonly Finding[], colors: Colors): string[] {
  if (findings.length === 0) return [];
  const order = { blocker: 0, warning: 1, note: 2 };
  const sorted = [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
  return ['', colors.bold('Findings'), ...sorted.flatMap((finding) => findingLines(finding, colors))];
}

function findingLines(finding: Finding, colors: Colors): string[] {
  const sign = signOf(signOfFinding(finding), { colors });
  const text = `${finding.message} ${colors.dim(`[${finding.code}]`)}`;
  const [first = '', ...more] = wrap(text, 4, STANDARD_COLUMNS);
  return [
    `  ${sign} ${first.trimStart()}`,
    ...more,
    ...adviceLines(finding, { colors, indent: 6, columns: STANDARD_COLUMNS }),
  ];
}

/** Objects whose name is not in the message already, as `Node node-7` in `Not Ready: node-7`. */
function unnamedObjects({ message, objects }: Finding): string[] {
  const words = new Set(message.split(/[^\w./-]+/).map((word) => word.replace(/\.$/, '')));
  return objects.filter((object) => !words.has(object.split(' ').at(-1) ?? object));
}
