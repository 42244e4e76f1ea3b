import type { Plan } from '../../model/plan.ts';
import { describeDrift, type PlanRevision } from '../../model/plan-drift.ts';
import { planFacts } from '../../model/plan-fact-list.ts';
import { withoutControls } from '../../model/without-controls.ts';
import type { Colors } from '../colors.ts';
import { renderFindings } from './findings.ts';
import { STANDARD_COLUMNS, wrap } from './wrap.ts';

/** The second column of the facts begins here. */
const FACT_INDENT = 14;

/** A plan as a person reads it before they approve it. */
export function renderPlan(raw: Plan, hash: string | undefined, colors: Colors, moved?: PlanRevision): string {
  const plan = withoutControls(raw);
  const revision = moved && withoutControls(moved);
  const lines = [
    colors.bold(`Plan for ${plan.cluster.name}`),
    '',
    ...planFacts(plan).flatMap(({ short, value, isOdd }) =>
      factLines(short, value, isOdd ? colors.yellow : same, colors),
    ),
    ...(revision ? ['', colors.bold(`Moved since plan ${revision.from.slice(0, 12)} was approved`)] : []),
    ...(revision?.moved ?? []).flatMap((drift) => wrap(`~ ${describeDrift(drift)}`, 2, STANDARD_COLUMNS)),
    ...(plan.changes.length > 0 ? ['', colors.bold('Changes')] : []),
    ...plan.changes.flatMap((change) => [
      `  ${colors.bold(change.object)}`,
      ...renderDiff(change.diff, colors).map((line) => `    ${line}`),
      `    ${colors.dim(`undo: ${change.undo}`)}`,
    ]),
    ...renderFindings(plan.findings, colors),
    ...(hash ? ['', `plan hash ${colors.bold(hash)}`] : []),
  ];
  return lines.join('\n');
}

/** A unified diff with its added lines green and its removed lines red; the file names are left out. */
export function renderDiff(diff: string, colors: Colors): string[] {
  return diff
    .trimEnd()
    .split('\n')
    .filter((line) => !/^(---|\+\+\+|===+|Index:|\\ No newline)/.test(line))
    .map((line) => {
      if (line.startsWith('+')) return colors.green(line);
      if (line.startsWith('-')) return colors.red(line);
      return line.startsWith('@@') ? colors.dim(line) : line;
    });
}

/** A name, and its value beside it, held to the second column. */
function factLines(name: string, value: string, paint: (text: string) => string, colors: Colors): string[] {
  const [first = '', ...more] = wrap(paint(value), FACT_INDENT, STANDARD_COLUMNS);
  return [`  ${colors.dim(name.padEnd(FACT_INDENT - 3))} ${first.slice(FACT_INDENT)}`, ...more];
}

function same(text: string): string {
  return text;
}
