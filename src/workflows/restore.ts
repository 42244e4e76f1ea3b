import type { ProxyMode } from '../model/mode.ts';
import type { Plan, WayBack } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Restore } from '../model/steps.ts';

/** What the steps of a way back are told of a plan. A rollback goes back to what another run has saved. */
export function restoreOf(cluster: string, plan: Plan, snapshot: SnapshotRef): Restore {
  if (plan.rollback) return { cluster, snapshot: plan.rollback.snapshot, ...plan.rollback.wayBack };
  return { cluster, snapshot, ...wayBackOf(plan) };
}

/** What a run of this plan has to save of what is there now. */
export function wayBackOf({ nodes, kubeProxy, calico }: Plan): WayBack {
  const { needed, from, to, nodeTimeoutMs, waves } = kubeProxy;
  const waveSize = Math.max(1, ...waves.map((wave) => wave.length));
  const otherModes: Record<string, ProxyMode> = {};
  for (const { name, mode } of nodes) if (mode !== 'unknown' && mode !== from) otherModes[name] = mode;
  return { kubeProxy: { needed, from, to, nodeTimeoutMs, waveSize }, otherModes, ...(calico ? { calico } : {}) };
}
