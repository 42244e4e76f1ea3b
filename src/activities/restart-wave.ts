import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../cluster/connect.ts';
import { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import { hasStatus } from '../cluster/errors.ts';
import { metricsPortOf } from '../cluster/kube-proxy/metrics-port.ts';
import { lastWords, observeProxy, proves } from '../cluster/kube-proxy/observe.ts';
import { findProxyPods } from '../cluster/kube-proxy/pods.ts';
import { deleteObject, readObject } from '../cluster/objects.ts';
import { crashLoops, type DaemonPod } from '../cluster/pods.ts';
import { Failure } from '../model/failure.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { Wave } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

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
interface Unfinished {
  why: string;
  pod: DaemonPod | undefined;
}

/** A node that will not get there. */
class NodeFailed extends Error {
  readonly node: string;

  constructor(node: string, why: string) {
    super(why);
    this.node = node;
  }
}

/**
 * Replaces kube-proxy's pod on each of these nodes at once, where it does not show the wanted mode, and waits until
 * each has proven mode and first sync. What is seen decides, so a second call does only what is left.
 *
 * @throws Failure `Unhealthy` with every node that did not get there in `nodeTimeoutMs`, or that crashes
 */
export async function restartWave({ cluster, signal, heartbeat }: StepContext, wave: Wave): Promise<ProxyProof[]> {
  const [pods, metricsPort] = await Promise.all([findProxyPods(cluster), metricsPortOf(cluster)]);
  const deadline = AbortSignal.timeout(wave.nodeTimeoutMs);
  const stop = new AbortController();
  const watch = await DaemonPodWatch.open(cluster, { ...pods, signal: AbortSignal.any([signal, stop.signal]) });
  const unfinished = new Map<string, Unfinished>(
    wave.nodes.map((node) => [node, { why: 'not looked at yet', pod: undefined }]),
  );
  const proofs = new Map<string, ProxyProof>();

  const restart = async (node: string): Promise<void> => {
    const restarter = new NodeRestart(cluster, watch, node, wave, metricsPort, (state) => unfinished.set(node, state));
    const proof = await restarter.run(AbortSignal.any([signal, stop.signal, deadline]));
    unfinished.delete(node);
    proofs.set(node, proof);
    heartbeat({ done: proofs.size, of: wave.nodes.length });
  };

  try {
    await Promise.all(wave.nodes.map(restart));
    return [...proofs.values()];
  } catch (error) {
    // The other nodes of the wave stop where they are: nothing is deleted any more once this has failed.
    stop.abort();
    signal.throwIfAborted();
    if (!deadline.aborted && !(error instanceof NodeFailed)) throw error;
    // The others were still coming up when this one failed: that is no fault of theirs.
    if (error instanceof NodeFailed) for (const node of wave.nodes) if (node !== error.node) unfinished.delete(node);
    const gone = await vanishedNodes(cluster, [...unfinished.keys()]);
    for (const node of gone) unfinished.delete(node);
    if (unfinished.size === 0 && error instanceof NodeFailed) {
      // Nothing is known of the others yet: Temporal does the wave again, and it takes up what is there.
      throw new Failure('Unreachable', `Node ${error.node} was deleted while kube-proxy on it was replaced`);
    }
    if (unfinished.size === 0) return [...proofs.values()];
    throw await unhealthy(cluster, wave, unfinished, deadline.aborted);
  } finally {
    stop.abort();
  }
}

/** One node's way: replace the pod until it shows the wanted mode, then wait for its first sync. */
class NodeRestart {
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

/** Nodes that were deleted meanwhile: nothing is left to do for them. */
async function vanishedNodes(cluster: Cluster, nodes: string[]): Promise<string[]> {
  const found = await Promise.all(
    nodes.map((name) => readObject(cluster, { apiVersion: 'v1', kind: 'Node', plural: 'nodes', name })),
  );
  return nodes.filter((_, index) => found[index] === undefined);
}

async function unhealthy(
  cluster: Cluster,
  wave: Wave,
  unfinished: Map<string, Unfinished>,
  late: boolean,
): Promise<Failure> {
  const nodes = await Promise.all(
    [...unfinished].map(async ([node, { why, pod }]) => ({
      node,
      why,
      lastLines: pod ? await lastWords(cluster, pod) : [],
    })),
  );
  const names = nodes.map(({ node }) => node);
  const first = nodes[0];
  const others = nodes.length > 1 ? ` (and ${nodes.length - 1} more nodes)` : '';
  const within = late ? ` within ${wave.nodeTimeoutMs / 1000} s` : '';
  return new Failure(
    'Unhealthy',
    `kube-proxy on ${first?.node} did not come up in ${wave.mode}${within}: ${first?.why}${others}`,
    {
      object: 'DaemonSet kube-system/kube-proxy',
      nodes,
      hint: `Look at it with: kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${names[0]}`,
    },
  );
}
