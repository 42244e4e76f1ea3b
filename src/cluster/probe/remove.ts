import { Failure } from '../../model/failure.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import { someOf } from '../../model/some-of.ts';
import type { Cluster } from '../connect.ts';
import { listLinuxNodes } from '../nodes.ts';
import { deleteObject } from '../objects.ts';
import { parseSystemPod } from '../system-pods.ts';
import { watchObjects } from '../watch.ts';
import { probeSelector } from './labels.ts';
import { probeObjects } from './refs.ts';

/**
 * Pods end within their grace period of 5 s, and the garbage collector deletes some 20 of them a second: of thousands not all go at
 * once, but one after the other. So long it is waited for the next one (ms).
 */
const NEXT_WITHIN_MS = 120_000;

/**
 * Takes away whatever there is of a probe, whichever run made it, and waits until its pods are gone. One on a node that is not
 * Ready goes when its kubelet is back, and is not waited for.
 *
 * @throws Failure `Unhealthy` where pods stay: the run says so and ends, since waiting longer mends nothing
 */
export async function removeProbe(cluster: Cluster, { signal }: { signal: AbortSignal }): Promise<void> {
  for (const ref of probeObjects) await deleteObject(cluster, ref);
  const ready = new Set((await listLinuxNodes(cluster)).filter((node) => node.ready).map(({ name }) => name));
  const there = new Map<string, string>();
  const stuck = new AbortController();
  const timer = setTimeout(() => stuck.abort(), NEXT_WITHIN_MS);
  using _ = { [Symbol.dispose]: () => clearTimeout(timer) };
  const limit = AbortSignal.any([signal, stuck.signal]);
  const selection = { apiVersion: 'v1', plural: 'pods', namespace: PROBE_NAMESPACE, labelSelector: probeSelector };
  let known = false;
  for await (const { type, object } of watchObjects(cluster, { ...selection, signal: limit })) {
    if (type === 'SYNCED') known = true;
    else {
      if (type === 'DELETED') timer.refresh();
      const { uid, name, node } = parseSystemPod(object);
      if (type === 'DELETED' || (node !== undefined && !ready.has(node))) there.delete(uid);
      else there.set(uid, name);
    }
    if (known && there.size === 0) return;
  }
  signal.throwIfAborted();
  const names = someOf([...there.values()], 5).join(', ');
  throw new Failure('Unhealthy', `Pods of the probe stay: none has gone for ${NEXT_WITHIN_MS / 1000} s (${names})`, {
    object: `pods in ${PROBE_NAMESPACE}`,
  });
}
