import type { SystemPod } from '../../cluster/system-pods.ts';
import type { CalicoPlan, Estimate, KubeProxyPlan } from '../../model/plan.ts';

/**
 * Clean-up and first sync after the process has started (ms). Measured on real nodes with a restart from ipvs to nftables:
 * 8.3 s without Services to speak of, 12.9 s with 1,000.
 */
const FIRST_SYNC_MS = 13_000;
/** All of Calico, from the patch to the last Felix (ms). Measured: a Felix is back about 20 s after it was told. */
const CALICO_MS = 60_000;
/** Felix alone, from the change to its start-up lines (ms): the same measurement, and room. */
const FELIX_MS = 25_000;
/** Felix 3.32 looks for kube-proxy's table every 15 s (felix/dataplane/linux/int_dataplane.go), then restarts (ms). */
const FELIX_FOLLOWS_MS = 15_000 + FELIX_MS;
/** What a pod takes to start is rounded up to this (ms): the same plan must not change for a second. */
const STEP_MS = 5_000;

export interface EstimateInput {
  /** Waves of nodes, one after the other; the canary is one. */
  waves: number;
  /** Default `restart`. */
  handover?: Pick<KubeProxyPlan, 'handover' | 'drainTimeoutMs' | 'to'>;
  /** Absent where the cluster has no Calico. */
  calico: Pick<CalicoPlan, 'needed' | 'followsKubeProxy' | 'canary' | 'canarySoakMs'> | undefined;
  /** Of kube-proxy's canary (ms). */
  canarySoakMs: number;
  /** Nodes that a person restarts, one after the other; default none. */
  restarts?: number;
  /** How long a probe watches before anything is written (ms); default none does. */
  baselineMs?: number;
  soakMs: number;
}

/** How long a run takes: nodes of one wave at once, waves in sequence, with what kube-proxy's pods took to start here. */
export function estimateTime(
  pods: readonly SystemPod[],
  { waves, handover, calico, canarySoakMs, restarts = 0, baselineMs = 0, soakMs }: EstimateInput,
): Estimate {
  const starts = pods
    .filter(({ owner }) => owner?.kind === 'DaemonSet' && owner.name === 'kube-proxy')
    .flatMap((pod) => startTimeMs(pod) ?? [])
    .sort((a, b) => a - b);
  const median = starts[Math.floor(starts.length / 2)];
  const startMs = Math.max(STEP_MS, Math.ceil((median ?? 0) / STEP_MS) * STEP_MS);
  // A stand-by starts and syncs as kube-proxy does, and nobody knows when connections end.
  const standby = handover?.handover === 'make-before-break';
  const drainMs = standby && handover.to === 'nftables' ? handover.drainTimeoutMs : 0;
  const nodeMs = (standby ? 2 : 1) * (startMs + FIRST_SYNC_MS) + drainMs;
  const basis =
    median === undefined
      ? `no kube-proxy pod here tells how long it took to start: ${startMs / 1000} s are assumed`
      : `kube-proxy's pods here took up to ${startMs / 1000} s to start (the median of ${starts.length}, rounded up)`;
  return {
    nodeMs,
    totalMs:
      waves * (nodeMs + (calico?.followsKubeProxy ? FELIX_FOLLOWS_MS : 0)) +
      canarySoakMs +
      calicoMs(calico) +
      baselineMs +
      soakMs,
    basis: [
      `${basis}; ${FIRST_SYNC_MS / 1000} s more until the first sync, as measured elsewhere`,
      ...(standby ? ['the same for a stand-by before it'] : []),
      ...(drainMs > 0 ? [`${drainMs / 1000} s in which connections may end, where they take that long`] : []),
      ...(calico?.followsKubeProxy ? [`${FELIX_FOLLOWS_MS / 1000} s a wave until Felix has followed`] : []),
      ...(calico?.canary ? [`Calico's canary alone: ${(FELIX_MS + calico.canarySoakMs) / 1000} s`] : []),
      ...(baselineMs > 0 ? [`${baselineMs / 1000} s before it in which the probe watches traffic as it is`] : []),
      ...(restarts > 0 ? [`without the restart of ${restarts} nodes by hand, which takes as long as it takes`] : []),
    ].join('; '),
  };
}

/** The patch until every Felix has it, and before it the canary: there and watched (ms). */
function calicoMs(calico: EstimateInput['calico']): number {
  if (!calico?.needed) return 0;
  return CALICO_MS + (calico.canary ? FELIX_MS + calico.canarySoakMs : 0);
}

/** From the pod's creation to the start of kube-proxy, in ms, where it never restarted; times have a resolution of 1 s. */
function startTimeMs({ createdAt, states }: SystemPod): number | undefined {
  const state = states.find(({ name }) => name === 'kube-proxy');
  if (createdAt === undefined || state?.startedAt === undefined || state.restarts > 0) return undefined;
  return Math.max(0, Date.parse(state.startedAt) - Date.parse(createdAt));
}
