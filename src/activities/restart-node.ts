import { hasStatus } from '../cluster/errors.ts';
import { deleteObject } from '../cluster/objects.ts';
import { crashLoops, type DaemonPod } from '../cluster/pods.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import { followProcess } from './follow-process.ts';
import { type Handover, type HandoverContext, NodeFailed } from './handover.ts';

/**
 * A new pod may still mount the ConfigMap as it was a moment ago (the kubelet's cache); it is replaced once more
 * before that counts as a failure.
 */
const MOST_RESTARTS = 2;

/**
 * Hand-over by restart: the pod is replaced until it shows the wanted mode, then its first sync is awaited. Where the
 * DaemonSet replaces pods itself (`rolling`), its new pod is awaited instead.
 */
export class NodeRestart implements Handover {
  readonly #context: HandoverContext;
  readonly #deleted = new Set<string>();

  constructor(context: HandoverContext) {
    this.#context = context;
  }

  async run(signal: AbortSignal): Promise<ProxyProof> {
    const { report, wave } = this.#context;
    const stopped = rejectOnAbort(signal);
    for (;;) {
      signal.throwIfAborted();
      const pod = await this.#podToLookAt(stopped);
      if (crashLoops(pod)) {
        await this.#leave(pod, `kube-proxy crashes at start (${pod.trouble ?? 'it does not run'})`, signal, stopped);
        continue;
      }
      if (!pod.running) {
        const trouble = pod.trouble ? ` (${pod.trouble})` : ' yet';
        report({ pod, why: `its container does not run${trouble}` });
        await this.#changed(stopped);
        continue;
      }
      const hopeless = wave.again && this.#deleted.size === 0;
      const fresh = this.#deleted.size > 0;
      const seen = await followProcess(this.#context, pod, { signal, onlyOnce: hopeless, fresh });
      if (seen.end === 'proven') return seen.proof;
      if (seen.end === 'unproven' || seen.end === 'other-mode') await this.#leave(pod, seen.why, signal, stopped);
    }
  }

  /** The pod that counts: not terminating, not one that was deleted here. */
  async #podToLookAt(stopped: Promise<never>): Promise<DaemonPod> {
    const { watch, node, report } = this.#context;
    const pick = (pods: DaemonPod[]) => pods.find((pod) => !pod.terminating && !this.#deleted.has(pod.uid));
    const present = pick(watch.on(node));
    if (present) return present;
    report({ pod: undefined, why: 'has no kube-proxy pod yet' });
    return await Promise.race([watch.until(node, pick), stopped]);
  }

  async #changed(stopped: Promise<never>): Promise<void> {
    const { watch, node } = this.#context;
    await Promise.race([watch.changed(node), stopped]);
  }

  /** Away from this pod: it is deleted, or its DaemonSet will do it. */
  async #leave(pod: DaemonPod, why: string, signal: AbortSignal, stopped: Promise<never>): Promise<void> {
    const { cluster, wave, report } = this.#context;
    report({ pod, why });
    if (wave.handover === 'rolling') {
      // The DaemonSet's controller replaces a pod of its old template; one of the new template that crashes stays.
      if (crashLoops(pod)) throw new NodeFailed(why);
      await this.#changed(stopped);
      return;
    }
    signal.throwIfAborted();
    if (this.#deleted.size >= MOST_RESTARTS || (this.#deleted.size > 0 && crashLoops(pod))) throw new NodeFailed(why);
    this.#deleted.add(pod.uid);
    const ref = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace: pod.namespace, name: pod.name };
    try {
      await deleteObject(cluster, ref, { uid: pod.uid, signal });
    } catch (error) {
      // 409: a pod of this name with another uid, so the one we meant is gone already.
      if (!hasStatus(error, 409)) throw error;
    }
  }
}

/** Rejects when the signal aborts; whoever races it gets the reason, and where nobody does there is nobody to tell. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => undefined);
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}
