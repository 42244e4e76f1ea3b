import { type DaemonPod, daemonPodOf } from '../pods.ts';
import { parseSystemPod } from '../system-pods.ts';
import type { WatchEvent } from '../watch.ts';
import { WATCH_CONTAINER } from './objects.ts';

/** The pods of a probe as they come and go. */
export class ProbePods {
  readonly #asking = new Map<string, DaemonPod>();
  readonly #answering = new Map<string, { ready: boolean; trouble: string | undefined }>();

  apply({ type, object }: WatchEvent): void {
    if (type === 'SYNCED') return;
    const pod = parseSystemPod(object);
    const asks = pod.labels['app.kubernetes.io/component'] === 'watch';
    if (type === 'DELETED') {
      this.#asking.delete(pod.uid);
      this.#answering.delete(pod.uid);
    } else if (asks) {
      const daemonPod = daemonPodOf(pod, WATCH_CONTAINER);
      if (daemonPod) this.#asking.set(pod.uid, daemonPod);
    } else {
      const [state] = pod.states;
      const trouble = pod.rejected ?? state?.trouble ?? (pod.node === undefined ? 'no node takes it' : undefined);
      this.#answering.set(pod.uid, { ready: state?.ready === true && !pod.terminating, trouble });
    }
  }

  /** Somebody answers. */
  get answers(): boolean {
    return [...this.#answering.values()].some(({ ready }) => ready);
  }

  whyNobodyAnswers(): string {
    const whys = [...this.#answering.values()].flatMap(({ trouble }) => trouble ?? []);
    if (whys.length > 0) return [...new Set(whys)].join('; ');
    return this.#answering.size === 0 ? 'there is no pod of it' : 'its pods are not ready yet';
  }

  asksFrom(node: string): boolean {
    return this.#on(node).some(({ running }) => running);
  }

  whyNotFrom(node: string): string {
    const pods = this.#on(node);
    if (pods.length === 0) return 'there is no pod of the probe';
    return pods.map(({ trouble }) => trouble).find((why) => why !== undefined) ?? 'its pod has not started yet';
  }

  #on(node: string): DaemonPod[] {
    return [...this.#asking.values()].filter((pod) => pod.node === node && !pod.terminating);
  }
}
