import type { ProxyMode } from '../model/mode.ts';
import type { Plan } from '../model/plan.ts';
import { nodesOf } from '../model/plan-nodes.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Restore } from '../model/steps.ts';

/** What the steps of a way back are told of a plan. */
export function restoreOf(cluster: string, plan: Plan, snapshot: SnapshotRef): Restore {
  const otherModes: Record<string, ProxyMode> = {};
  const { from } = plan.kubeProxy;
  for (const { name, mode } of nodesOf(plan)) if (mode !== 'unknown' && mode !== from) otherModes[name] = mode;
  return { cluster, snapshot, otherModes, ...writtenBy(plan) };
}

/** What decides which objects a run of this plan writes. */
export function writtenBy({ kubeProxy, calico }: Plan): Pick<Restore, 'kubeProxy' | 'calico'> {
  const { needed, from, strategy, nodeTimeoutMs } = kubeProxy;
  return { kubeProxy: { needed, from, strategy, nodeTimeoutMs }, calico };
}
