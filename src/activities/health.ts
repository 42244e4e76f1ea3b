import { setTimeout as delay } from 'node:timers/promises';
import { summariseHealth, worseThan } from '../cluster/health/compare.ts';
import { findDrift, markProxyDaemonSet } from '../cluster/health/drift.ts';
import { readHealth } from '../cluster/health/read-health.ts';
import type { Baseline, HealthReport } from '../model/health.ts';
import type { HealthComparison, OnCluster } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

/** So many are named in a report; the others are counted. */
const MOST_NAMED = 50;
/** Pauses between two looks (ms): first, and longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 10_000;

/** What is not well before the run touches anything, and what kube-proxy's DaemonSet is. */
export async function readBaseline(
  { cluster }: StepContext,
  { calicoNamespace }: OnCluster & { calicoNamespace?: string | undefined },
): Promise<Baseline> {
  const takenAt = new Date().toISOString();
  const [health, kubeProxy] = await Promise.all([
    readHealth(cluster, { calicoNamespace }),
    markProxyDaemonSet(cluster),
  ]);
  return { takenAt, ...summariseHealth(health), ...(kubeProxy ? { kubeProxy } : {}) };
}

/**
 * What is worse than the baseline. Something that is not Ready for a moment after a wave is no trouble: it is looked again until
 * nothing is worse, or `settleMs` is over. Judges nothing by throwing: what follows from it is for the run to decide.
 *
 * @throws Failure where the cluster cannot be read
 */
export async function compareHealth(
  { cluster, signal, heartbeat }: StepContext,
  { baseline, calicoNamespace, ignoredNodes, configHash, settleMs }: HealthComparison,
): Promise<HealthReport> {
  const started = performance.now();
  const since = Date.parse(baseline.takenAt);
  const ignored = new Set(ignoredNodes);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const worse = worseThan(baseline, await readHealth(cluster, { calicoNamespace, since }), ignored);
    const lookedForMs = Math.round(performance.now() - started);
    if (worse.length === 0 || lookedForMs >= settleMs) {
      const drift = await findDrift(cluster, { daemonSet: baseline.kubeProxy, configHash });
      const healthy = worse.length === 0 && drift.length === 0;
      return { healthy, worse: worse.slice(0, MOST_NAMED), worseCount: worse.length, drift, lookedForMs };
    }
    heartbeat({ worse: worse.length, first: worse[0]?.object });
    // Watches of every node and of two namespaces would hold all of their objects in memory, for something that is
    // mostly over at the second look.
    await delay(Math.min(pause, settleMs - lookedForMs), undefined, { signal });
  }
}
