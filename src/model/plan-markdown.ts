import { adviceOf } from './advice.ts';
import { restartStepOf } from './ebpf-plan.ts';
import type { Finding } from './finding.ts';
import { document, fenced, markdownTable, prose, section } from './markdown.ts';
import type { Plan, PlannedChange } from './plan.ts';
import { describeDrift, type PlanRevision } from './plan-drift.ts';
import { planFacts } from './plan-fact-list.ts';
import { someOf } from './some-of.ts';

/** A wave names so many nodes, a finding so many objects; of waves, so many are listed. The rest is in the JSON. */
const MOST_NAMES = 10;
const MOST_WAVES = 40;

/**
 * A plan as Markdown, all of it: for a change ticket, and for the Temporal UI.
 *
 * @param hash absent where there is nothing to approve: a cluster that is in the target mode already
 * @param revision where another plan was approved before, and the cluster changed then
 */
export function planMarkdown(plan: Plan, hash: string | undefined, revision?: PlanRevision): string {
  const { cluster, target, kubeProxy, rollback, changes, objects, findings } = plan;
  return document([
    `# Plan: ${cluster.name} ${rollback ? 'back ' : ''}to ${target === 'ebpf' ? 'eBPF' : target}`,
    '',
    // What was written in clusters.yaml, or is told by a cluster, is text and no Markdown.
    ...planFacts(plan).map(({ name, value }) => `- **${name}**: ${prose(value)}`),
    ...(hash ? [`- **Plan hash**: \`${hash}\``] : []),
    ...section(
      `What moved since plan ${revision?.from.slice(0, 12)} was approved`,
      revision?.moved.map((drift) => `- ${prose(describeDrift(drift))}`) ?? [],
    ),
    ...section('Changes', changes.flatMap(changeLines)),
    ...section('Order of restarts', waveLines(kubeProxy)),
    ...section('Restarts by hand', restartLines(plan)),
    ...section('Warnings that the approval accepts', findings.flatMap(findingLines)),
    ...section(
      'Objects that the plan was made of',
      markdownTable(
        ['Object', 'SHA-256'],
        objects.map(({ object, hash: digest }) => [object, `\`${digest}\``]),
      ),
    ),
  ]);
}

function changeLines({ object, diff, undo }: PlannedChange): string[] {
  const what = isDiff(diff) ? fenced('diff', diff) : [prose(diff)];
  return ['', `**${prose(object)}**`, '', ...what, '', `Undo: ${prose(undo)}`];
}

/** What happens to pods is told in a sentence. */
function isDiff(text: string): boolean {
  return /^[-+@]/m.test(text);
}

function waveLines({ waves, canary }: Plan['kubeProxy']): string[] {
  const rows = waves.map((nodes, index) => [
    canary && index === 0 ? '1 (canary)' : `${index + 1}`,
    someOf(nodes, MOST_NAMES).join(', '),
  ]);
  const shown = rows.length <= MOST_WAVES ? rows : rows.slice(0, MOST_WAVES - 1);
  const rest = waves.slice(shown.length);
  const more = rest.length > 0 ? [[`${rest.length} more`, `${rest.flat().length} nodes`]] : [];
  return markdownTable(['Wave', 'Nodes'], [...shown, ...more]);
}

function restartLines({ ebpf }: Plan): string[] {
  const rows = (ebpf?.restarts ?? []).map((group) => [
    restartStepOf(group),
    someOf(group.nodes, MOST_NAMES).join(', '),
  ]);
  return rows.length === 0 ? [] : markdownTable(['Confirmed as', 'Nodes'], rows);
}

function findingLines(finding: Finding): string[] {
  const { code, message, objects, ignored } = finding;
  const { fix, command } = adviceOf(finding);
  return [
    '',
    `**${code}**${ignored ? ' (a blocker, set aside by the requester)' : ''}: ${prose(message)}`,
    ...(objects.length > 0 ? ['', `Objects: ${prose(someOf(objects, MOST_NAMES).join(', '))}`] : []),
    ...(fix ? ['', prose(fix)] : []),
    ...(command ? ['', ...fenced('sh', command)] : []),
  ];
}
