import { Failure } from '../../model/failure.ts';
import type { ProxyMode } from '../../model/mode.ts';
import type { Cluster } from '../connect.ts';
import type { CallOptions } from '../objects.ts';
import type { DaemonPod } from '../pods.ts';
import { openPodPort, type PodPort } from '../port-forward.ts';
import { type ProxyMetrics, parseProxyMetrics } from './metrics.ts';
import { parseModeAnswer } from './mode-answer.ts';

/** A kube-proxy that answers at all answers at once; one look may take this long (ms). */
const LOOK_DEADLINE_MS = 10_000;

/** kube-proxy in one pod, asked over one port-forward for as long as it is of interest. */
export class ProxyProcess implements AsyncDisposable {
  readonly #port: PodPort;
  readonly #number: number;

  private constructor(port: PodPort, number: number) {
    this.#port = port;
    this.#number = number;
  }

  /** @throws Failure as `openPodPort` */
  static async open(
    cluster: Cluster,
    pod: DaemonPod,
    port: number,
    { signal }: CallOptions = {},
  ): Promise<ProxyProcess> {
    const target = { namespace: pod.namespace, pod: pod.name, port };
    return new ProxyProcess(await openPodPort(cluster, target, { deadlineMs: LOOK_DEADLINE_MS, signal }), port);
  }

  /** @throws Failure `Unreachable` where nothing answers (yet), `Invalid` where it is no kube-proxy that answers */
  async mode({ signal }: CallOptions = {}): Promise<ProxyMode> {
    const { body } = await this.#port.get('/proxyMode', { deadlineMs: LOOK_DEADLINE_MS, signal });
    const mode = parseModeAnswer(body);
    if (mode === 'unknown') throw this.#notKubeProxy();
    return mode;
  }

  /** @throws Failure as `mode` */
  async metrics({ signal }: CallOptions = {}): Promise<ProxyMetrics> {
    const { status, body } = await this.#port.get('/metrics', { deadlineMs: LOOK_DEADLINE_MS, signal });
    if (status !== 200) throw this.#notKubeProxy();
    return parseProxyMetrics(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port[Symbol.asyncDispose]();
  }

  #notKubeProxy(): Failure {
    return new Failure('Invalid', `port ${this.#number} of the pod does not answer as kube-proxy does`);
  }
}
