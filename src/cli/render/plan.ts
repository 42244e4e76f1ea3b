import type { Plan } from '../../model/plan.ts';
import { describeDrift, type PlanRevision } from '../../model/plan-drift.ts';
import {
  alertsFact,
  calicoFact,
  canaryFact,
  estimateFact,
  failuresFact,
  freezeFact,
  handoverFact,
  ignoredFact,
  limitsFact,
  nodesFact,
  proxyFact,
  restartsFact,
  rollbackFact,
  wavesFact,
  windowsFact,
} from '../../model/plan-facts.ts';
import { readable } from '../../model/readable.ts';
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
  const { cluster, estimate } = plan;
  const backTo = rollbackFact(plan);
  const { takeOverLock } = plan;
  const fact = (name: string, value: string) => factLines(name, value, colors);
  const optional = (name: string, value: string | undefined) => (value === undefined ? [] : fact(name, value));
  const lines = [
    colors.bold(`Plan for ${cluster.name}`),
    '',
    ...(backTo ? fact('back to', backTo) : []),
    ...(takeOverLock ? fact('lock', colors.yellow(`taken over from ${takeOverLock}, said to be gone for good`)) : []),
    ...fact('cluster', `Kubernetes ${cluster.kubernetesVersion}`),
    ...fact('uid', `${cluster.uid} ${colors.dim('(of namespace kube-system)')}`),
    ...fact('kube-proxy', proxyFact(plan)),
    ...fact('Calico', calicoFact(plan)),
    ...fact('nodes', nodesFact(plan)),
    ...optional('canary', canaryFact(plan)),
    ...optional('waves', wavesFact(plan)),
    ...optional('hand-over', handoverFact(plan)),
    ...optional('failures', failuresFact(plan)),
    ...optional('restarts', restartsFact(plan)),
    ...(estimate ? fact('estimate', `${estimateFact(estimate)}: ${colors.dim(estimate.basis)}`) : []),
    ...fact('limits', limitsFact(plan)),
    ...optional('windows', windowsFact(plan)),
    ...optional('freeze', freezeFact(plan)),
    ...optional('alerts', alertsFact(plan)),
    ...fact('approval', approvalLine(plan)),
    ...(plan.ignoredChecks.length > 0 ? fact('ignored', colors.yellow(ignoredFact(plan))) : []),
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
function factLines(name: string, value: string, colors: Colors): string[] {
  const [first = '', ...more] = wrap(value, FACT_INDENT, STANDARD_COLUMNS);
  return [`  ${colors.dim(name.padEnd(FACT_INDENT - 3))} ${first.slice(FACT_INDENT)}`, ...more];
}

function approvalLine({ approval: { approvers, timeoutMs, count, require } }: Plan): string {
  const who = approvers.length > 0 ? approvers.join(', ') : 'anyone but the requester';
  return [
    count > 1 ? `${count} people (${who})` : who,
    ...(require === 'signed' ? [count > 1 ? 'signed with SSH keys' : 'signed with an SSH key'] : []),
    `within ${readable(timeoutMs)}`,
  ].join(', ');
}
