import type { ProxyProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import type { DaemonPod } from '../pods.ts';

/** The oldest are forgotten beyond so many. */
const MOST = 50_000;

/** By the process that was looked at; of this worker. */
const known = new Map<string, ProxyProof>();

/**
 * What was proven of the very process that runs in a pod now: the mode of a process never changes, and a first sync that
 * was done stays done. It saves asking thousands of nodes again; what has to be seen anew is asked for anew.
 */
export function recallProof(cluster: Cluster, pod: DaemonPod): ProxyProof | undefined {
  return pod.running ? known.get(processKey(cluster, pod)) : undefined;
}

/** Remembers a proof that holds as long as its process does: mode known, first sync seen, no sync failed since. */
export function rememberProof(cluster: Cluster, pod: DaemonPod, proof: ProxyProof): void {
  if (proof.mode === 'unknown' || proof.synced !== true || proof.syncFailures !== undefined) return;
  const key = processKey(cluster, pod);
  known.delete(key);
  known.set(key, proof);
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
}

function processKey({ uid }: Cluster, pod: DaemonPod): string {
  return `${uid} ${pod.uid} ${pod.restarts}`;
}
