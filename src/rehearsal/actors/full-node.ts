import { z } from 'zod';
import { anyObjectSchema, type KubeApi, KubeApiError } from '../kube-api.ts';
import { type Pod, patchStatus, podSchema } from './pod.ts';

/** Set on a pod that the kubelet of the full node has taken: kwok, which plays the rest of it, starts such pods alone. */
export const TAKEN = 'proxyshift.dev/rehearsal-kubelet-took-it';

const nodeSchema = anyObjectSchema.extend({ status: z.looseObject({ allocatable: z.record(z.string(), z.string()) }) });

/** A kubelet that counts its pods before it takes one more, and refuses what is too many. */
export class FullNode {
  readonly #api: KubeApi;
  readonly #node: string;
  /** uids of the pods that it has taken and that are there. */
  readonly #taken = new Set<string>();
  readonly #onError: (error: unknown) => void;
  #most = Number.POSITIVE_INFINITY;

  /** @param onError told of what must not go unseen */
  constructor(api: KubeApi, node: string, onError: (error: unknown) => void) {
    this.#api = api;
    this.#node = node;
    this.#onError = onError;
  }

  /** Takes pods, or refuses them, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const ofNode = { fieldSelector: `spec.nodeName=${this.#node}` };
    let last = Promise.resolve();
    await this.#api.follow(
      '/api/v1/pods',
      podSchema,
      ofNode,
      (type, pod) => {
        const { uid = '' } = pod.metadata;
        if (type === 'DELETED') this.#taken.delete(uid);
        else if (type === 'ADDED' && pod.status?.phase === 'Pending' && !this.#taken.has(uid)) {
          const fits = this.#taken.size < this.#most;
          if (fits) this.#taken.add(uid);
          // One after the other, as a kubelet admits pods (HandlePodAdditions in pkg/kubelet/kubelet.go).
          last = last
            .then(() => (fits ? this.#take(pod, signal) : this.#refuse(pod, signal)))
            .catch((error) => {
              if (!signal.aborted) this.#onError(error);
            });
        }
      },
      signal,
    );
    await last;
  }

  /** From now on the node has room for no pod more than it has, and says so. */
  async fill(signal: AbortSignal): Promise<void> {
    this.#most = this.#taken.size;
    const path = `/api/v1/nodes/${this.#node}`;
    const { status } = nodeSchema.parse(await this.#api.call('GET', path, { signal }));
    const allocatable = { ...status.allocatable, pods: String(this.#most) };
    await this.#api.mergePatch(`${path}/status`, { status: { allocatable } }, 'kubelet', signal);
  }

  async #take({ metadata: { name, namespace = '', uid = '' } }: Pod, signal: AbortSignal): Promise<void> {
    const change = { metadata: { uid, annotations: { [TAKEN]: 'true' } } };
    try {
      await this.#api.mergePatch(`/api/v1/namespaces/${namespace}/pods/${name}`, change, 'kubelet', signal);
    } catch (error) {
      // Deleted, or replaced, meanwhile.
      if (!(error instanceof KubeApiError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }

  /** As pkg/kubelet/lifecycle/predicate.go says it. */
  async #refuse(pod: Pod, signal: AbortSignal): Promise<void> {
    const used = this.#taken.size;
    const why = `Node didn't have enough resource: pods, requested: 1, used: ${used}, capacity: ${this.#most}`;
    const status = { phase: 'Failed', reason: 'OutOfpods', message: `Pod was rejected: ${why}` };
    await patchStatus(this.#api, pod, status, signal);
  }
}
