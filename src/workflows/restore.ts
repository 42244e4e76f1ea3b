import { switchOf } from '../model/ebpf-plan.ts';
import type { ProxyMode } from '../model/mode.ts';
import type { Plan, WayBack } from '../model/plan.ts';
import { nodesOf } from '../model/plan-nodes.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Restore } from '../model/steps.ts';

/** What the steps of a way back are told of a plan. A rollback goes back to what another run has saved. */
export function restoreOf(cluster: string, plan: Plan, snapshot: SnapshotRef): Restore {
  if (plan.rollback) return { cluster, snapshot: plan.rollback.snapshot, ...plan.rollback.wayBack };
  return { cluster, snapshot, ...wayBackOf(plan) };
}

/** What a run of this plan has to save of what is there now. */
export function wayBackOf(plan: Plan): WayBack {
  const { needed, from, to, strategy, handover, drainTimeoutMs, nodeTimeoutMs, notReadyTimeoutMs } = plan.kubeProxy;
  const otherModes: Record<string, ProxyMode> = {};
  for (const { name, mode } of nodesOf(plan)) if (mode !== 'unknown' && mode !== from) otherModes[name] = mode;
  return {
    kubeProxy: {
      needed,
      from,
      to,
      strategy,
      handover,
      drainTimeoutMs,
      nodeTimeoutMs,
      notReadyTimeoutMs,
      waveSize: waveSizeOf(plan),
    },
    otherModes,
    ...(plan.calico ? { calico: plan.calico } : {}),
    ...(plan.ebpf ? { ebpf: switchOf(plan.ebpf) } : {}),
  };
}

/** As many nodes at once as the largest wave has; one after the other where the one wave of a rolling restart is all of them. */
export function waveSizeOf({ kubeProxy: { waves, strategy } }: Plan): number {
  return strategy === 'rolling' ? 1 : Math.max(1, ...waves.map((wave) => wave.length));
}
