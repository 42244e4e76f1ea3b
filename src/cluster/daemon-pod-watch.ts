import type { Cluster } from './connect.ts';
import { type DaemonPod, parseDaemonPod } from './pods.ts';
import { type WatchEvent, watchObjects } from './watch.ts';

type PodEvents = AsyncIterable<WatchEvent>;

export interface DaemonPodWatchOptions {
  namespace: string;
  labelSelector: string;
  container: string;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** The pods of a DaemonSet as they come and go, by one watch for all of its nodes. */
export class DaemonPodWatch {
  readonly #pods = new Map<string, Map<string, DaemonPod>>();
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #ended: Promise<never>;

  private constructor(events: PodEvents, container: string, onSynced: () => void) {
    this.#ended = this.#follow(events, container, onSynced);
    // Whoever waits gets the error through the race in `until`; where nobody waits there is nobody to tell.
    this.#ended.catch(() => undefined);
  }

  /** Starts the watch and waits until every pod that is there now is known. @throws Failure, or the signal's reason */
  static async open(
    cluster: Cluster,
    { namespace, labelSelector, container, signal }: DaemonPodWatchOptions,
  ): Promise<DaemonPodWatch> {
    const synced = Promise.withResolvers<void>();
    const events = watchObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace, labelSelector, signal });
    const watch = new DaemonPodWatch(events, container, synced.resolve);
    await Promise.race([synced.promise, watch.#ended]);
    return watch;
  }

  /** The pods on a node now, terminating ones too. */
  on(node: string): DaemonPod[] {
    return [...(this.#pods.get(node)?.values() ?? [])];
  }

  /** Resolves at the next change of a pod on this node. @throws Failure where the watch broke, or the signal's reason */
  async changed(node: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(node) ?? new Set();
    this.#waiting.set(node, waiting.add(resolve));
    try {
      await Promise.race([promise, this.#ended]);
    } finally {
      waiting.delete(resolve);
    }
  }

  /** Waits until `pick` finds what it looks for among the node's pods. */
  async until<T>(node: string, pick: (pods: DaemonPod[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = pick(this.on(node));
      if (found !== undefined) return found;
      await this.changed(node);
    }
  }

  async #follow(events: PodEvents, container: string, onSynced: () => void): Promise<never> {
    for await (const event of events) {
      if (event.type === 'SYNCED') {
        onSynced();
        continue;
      }
      const pod = parseDaemonPod(event.object, container);
      if (pod === undefined) continue;
      const onNode = this.#pods.get(pod.node) ?? new Map<string, DaemonPod>();
      this.#pods.set(pod.node, onNode);
      if (event.type === 'DELETED') onNode.delete(pod.uid);
      else onNode.set(pod.uid, pod);
      for (const wake of this.#waiting.get(pod.node) ?? []) wake();
    }
    throw new Error('the watch ended'); // Only by its signal, and then whoever waits is cancelled too.
  }
}
