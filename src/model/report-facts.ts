import { between } from './between.ts';
import type { Phase } from './progress.ts';
import type { Report } from './report.ts';
import type { SourceSetting } from './source-setting.ts';

/** How long each phase took (ms), in the order of the run: the sum of its steps. */
export function phaseTimes({ steps }: Pick<Report, 'steps'>): { phase: Phase; ms: number }[] {
  const times = new Map<Phase, number>();
  for (const { phase, startedAt, endedAt } of steps) {
    if (endedAt) times.set(phase, (times.get(phase) ?? 0) + between(startedAt, endedAt, 0));
  }
  return [...times].map(([phase, ms]) => ({ phase, ms }));
}

/** The mode that every node has to be in where the run went as it ended; undefined without a plan. */
export function wantedMode({ plan, outcome }: Pick<Report, 'plan' | 'outcome'>): string | undefined {
  // The plan of a rollback leads to what was saved.
  return outcome === 'rolled-back' && !plan?.rollback ? plan?.kubeProxy.from : plan?.kubeProxy.to;
}

/** Where the evidence of kube-proxy's mode came from, counted. */
export function witnessFact({ nodes }: Pick<Report, 'nodes'>): string {
  const count = (of: (typeof nodes)[number]['witnesses'][number]) =>
    nodes.filter((n) => n.witnesses.includes(of)).length;
  const synced = nodes.filter((node) => node.synced === true).length;
  return `/proxyMode on ${count('proxyMode')}, log line on ${count('log')}, first sync proven on ${synced} of ${nodes.length} nodes`;
}

/** What kube-proxy was last seen in, counted: `nftables on 11, ipvs on 1`. After a migration to eBPF it is off. */
export function modesFact({ nodes, plan, outcome }: Pick<Report, 'nodes' | 'plan' | 'outcome'>): string {
  const seen = countOf(nodes.map(({ mode }) => mode));
  const isOff = plan?.target === 'ebpf' && outcome === 'migrated';
  return isOff ? `kube-proxy is off; it was last seen in ${seen}` : seen;
}

/** `nftables on 11, ipvs on 1`. */
export function countOf(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${value} on ${count}`).join(', ');
}

/** What failed, with the last evidence of each node. */
export function failureLines({ kind, message, object, nodes = [], hint }: NonNullable<Report['failure']>): string[] {
  return [
    `${kind}: ${message}`,
    ...(object ? [`object: ${object}`] : []),
    ...leftLines({ leftBehind: nodes }),
    ...(hint ? [hint] : []),
  ];
}

/** Nodes that did not get there, each with the reason and the last lines of its kube-proxy. */
export function leftLines({ leftBehind }: Pick<Report, 'leftBehind'>): string[] {
  return leftBehind.flatMap(({ node, why, lastLines }) => [
    `${node}: ${why}`,
    ...lastLines.map((line) => `    ${line}`),
  ]);
}

export function snapshotCommand({ namespace, name }: NonNullable<Report['snapshot']>): string {
  return `kubectl -n ${namespace} get configmap ${name} -o yaml`;
}

/** Settings outside of the cluster that have to follow what the run has left in it; none where it has left nothing new. */
export function sourcesToChange({ outcome, sources }: Pick<Report, 'outcome' | 'sources'>): SourceSetting[] {
  return outcome === undefined || outcome === 'migrated' || outcome === 'aborted' ? sources : [];
}

/** Who keeps a setting, and by what it was recognised: `kubespray (certificatesDir …): kube-proxy`. */
export function keeperFact({ keeper, by, sets }: SourceSetting): string {
  return `${sets}: ${keeper}${by === undefined ? '' : ` (${by})`}`;
}
