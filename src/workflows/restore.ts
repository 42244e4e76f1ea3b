import { switchOf } from '../model/ebpf-plan.ts';
import type { ProxyMode } from '../model/mode.ts';
import type { Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Restore } from '../model/steps.ts';

/** What the steps of a way back are told of a plan. */
export function restoreOf(cluster: string, { nodes, kubeProxy, calico, ebpf }: Plan, snapshot: SnapshotRef): Restore {
  const { needed, from, nodeTimeoutMs } = kubeProxy;
  const otherModes: Record<string, ProxyMode> = {};
  for (const { name, mode } of nodes) if (mode !== 'unknown' && mode !== from) otherModes[name] = mode;
  return {
    cluster,
    snapshot,
    kubeProxy: { needed, from, nodeTimeoutMs },
    otherModes,
    calico,
    ...(ebpf ? { ebpf: switchOf(ebpf) } : {}),
  };
}
