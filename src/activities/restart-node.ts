import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/connect.ts';
import type { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import { hasStatus } from '../cluster/errors.ts';
import { observeProxy, proves } from '../cluster/kube-proxy/observe.ts';
import { deleteObject } from '../cluster/objects.ts';
import { crashLoops, type DaemonPod } from '../cluster/pods.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { Wave } from '../model/steps.ts';

/**
 * A new pod may still mount the ConfigMap as it was a moment ago (the kubelet's cache); it is replaced once more
 * before that counts as a failure.
 */
const MOST_RESTARTS = 2;

/** kube-proxy's first sync can only be asked for, there is nothing to watch: first and longest pause between (ms). */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** How long the right mode has to stand where the first sync cannot be seen (ms): more than the longest measured. */
const UNSEEN_SYNC_MS = 15_000;

/** What is known of a node that is not done, for the failure's report. */
export interface Unfinished {
  why: string;
  pod: DaemonPod | undefined;
}

/** A node that will not get there. */
export class NodeFailed extends Error {
  readonly node: string;

  constructor(node: string, why: string) {
    super(why);
    this.node = node;
  }
}

/** One node's way: replace the pod until it shows the wanted mode, then wait for its first sync. */
export class NodeRestart {
  readonly #cluster: Cluster;
  readonly #watch: DaemonPodWatch;
  readonly #node: string;
  readonly #wave: Wave;
  readonly #metricsPort: number;
  readonly #report: (state: Unfinished) => void;
  readonly #deleted = new Set<string>();
  /** Since when the mode is right and the first sync cannot be seen (ms since the epoch). */
  #unseenSince: number | undefined;

  constructor(
    cluster: Cluster,
    watch: DaemonPodWatch,
    node: string,
    wave: Wave,
    metricsPort: number,
    report: (state: Unfinished) => void,
  ) {
    this.#cluster = cluster;
    this.#watch = watch;
    this.#node = node;
    this.#wave = wave;
    this.#metricsPort = metricsPort;
    this.#report = report;
  }

  /** @throws NodeFailed, the signal's reason, Failure of the API server */
  async run(signal: AbortSignal): Promise<ProxyProof> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const pod = await this.#podToLookAt(signal);
      if (crashLoops(pod)) {
        await this.#replace(pod, `kube-proxy crashes at start (${pod.trouble ?? 'it does not run'})`, signal);
        continue;
      }
      const proof = pod.running ? await observeProxy(this.#cluster, pod, this.#metricsPort) : undefined;
      signal.throwIfAborted();
      const { mode } = this.#wave;
      if (proof !== undefined && pod.ready && proves(proof, mode) && this.#settled(proof)) return proof;
      if (proof !== undefined && proof.mode !== 'unknown' && proof.mode !== mode) {
        await this.#replace(pod, `kube-proxy runs ${proof.mode}, not ${mode}`, signal);
        continue;
      }
      this.#report({ pod, why: notYet(pod, proof, mode) });
      await Promise.race([this.#watch.changed(this.#node), delay(pause, undefined, { signal })]);
    }
  }

  /**
   * Where the first sync cannot be seen, the mode line alone is early: 1.4 to 7.6 s before the first rules (measured on
   * real nodes). It counts only after it has been there for a while.
   */
  #settled(proof: ProxyProof): boolean {
    if (proof.synced !== undefined) return true;
    this.#unseenSince ??= Date.now();
    return Date.now() - this.#unseenSince >= UNSEEN_SYNC_MS;
  }

  /** The pod that counts: not terminating, not one that was deleted here. */
  async #podToLookAt(signal: AbortSignal): Promise<DaemonPod> {
    const pick = (pods: DaemonPod[]) => pods.find((pod) => !pod.terminating && !this.#deleted.has(pod.uid));
    const present = pick(this.#watch.on(this.#node));
    if (present) return present;
    this.#report({ pod: undefined, why: 'has no kube-proxy pod yet' });
    return await Promise.race([this.#watch.until(this.#node, pick), aborted(signal)]);
  }

  async #replace(pod: DaemonPod, why: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#report({ pod, why });
    if (this.#deleted.size >= MOST_RESTARTS || (this.#deleted.size > 0 && crashLoops(pod)))
      throw new NodeFailed(this.#node, why);
    this.#deleted.add(pod.uid);
    const ref = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace: pod.namespace, name: pod.name };
    try {
      await deleteObject(this.#cluster, ref, { uid: pod.uid, signal });
    } catch (error) {
      // 409: a pod of this name with another uid, so the one we meant is gone already.
      if (!hasStatus(error, 409)) throw error;
    }
  }
}

function notYet(pod: DaemonPod, proof: ProxyProof | undefined, mode: string): string {
  if (proof === undefined)
    return pod.trouble ? `its container does not run (${pod.trouble})` : 'its container does not run yet';
  if (proof.mode === mode && proof.synced === false) return `runs ${mode}, but its first sync has not succeeded`;
  if (proof.mode === mode) return `runs ${mode}, but its pod is not Ready`;
  return `its mode is unknown${proof.remark ? ` (${proof.remark})` : ''}`;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
