import { Failure } from '../model/failure.ts';
import type { Cluster } from './connect.ts';
import { type DaemonSet, parseDaemonSet } from './daemon-sets.ts';
import { describeRef, type ObjectRef } from './objects.ts';
import { watchObject } from './watch.ts';

export interface DaemonSetReachesOptions {
  /** Why it is not there yet, as the end of a sentence; undefined where it is. */
  whyNot: (daemonSet: DaemonSet) => string | undefined;
  /** Ends the wait. */
  signal: AbortSignal;
  hint?: string;
}

/**
 * Watches a DaemonSet until it is as wanted; a status that is not of its present generation does not count.
 * @throws Failure `Unhealthy` with what was missing last, where it is not before the signal
 */
export async function daemonSetReaches(
  cluster: Cluster,
  ref: ObjectRef,
  { whyNot, signal, hint }: DaemonSetReachesOptions,
): Promise<void> {
  let why: string | undefined = 'it does not exist';
  for await (const object of watchObject(cluster, ref, signal)) {
    const daemonSet = parseDaemonSet(object);
    const { metadata, status } = daemonSet;
    why = status.observedGeneration < metadata.generation ? 'its last change was not looked at yet' : whyNot(daemonSet);
    if (why === undefined) return;
  }
  cluster.signal?.throwIfAborted();
  const object = describeRef(ref);
  throw new Failure('Unhealthy', `${object} is not as wanted in time: ${why}`, { object, ...(hint ? { hint } : {}) });
}
