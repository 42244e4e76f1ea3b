import { inspect } from 'node:util';
import { AuthorizationV1Api, CoreV1Api, VersionApi } from '@kubernetes/client-node';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { ClusterEntry } from './clusters-file.ts';
import type { PinnedKubeConfig } from './dispatcher.ts';
import { loadKubeConfig } from './kubeconfig.ts';
import { type ApiCalls, Transport, type TransportOptions } from './transport.ts';
import { typedApiConfiguration } from './typed-api.ts';

/** Written into `managedFields` and the audit log for everything that proxyshift changes. */
export const fieldManager = 'proxyshift';

/**
 * One cluster whose identity was checked. Its calls share connections, deadline, signal and error conversion, also
 * those of the typed APIs: they throw `Failure`. Nothing of it can be serialised but its name and uid.
 */
export class Cluster {
  readonly name: string;
  /** uid of the namespace kube-system. */
  readonly uid: string;
  readonly #transport: ApiCalls;
  readonly #kubeConfig: PinnedKubeConfig | undefined;
  readonly #core: CoreV1Api;
  readonly #auth: AuthorizationV1Api;
  readonly #version: VersionApi;

  /** @param kubeConfig absent where there is no API server behind the calls: an export of objects */
  constructor(identity: { name: string; uid: string }, kubeConfig: PinnedKubeConfig | undefined, transport: ApiCalls) {
    this.name = identity.name;
    this.uid = identity.uid;
    this.#kubeConfig = kubeConfig;
    this.#transport = transport;
    const configuration = typedApiConfiguration(transport);
    this.#core = new CoreV1Api(configuration);
    this.#auth = new AuthorizationV1Api(configuration);
    this.#version = new VersionApi(configuration);
  }

  get core(): CoreV1Api {
    return this.#core;
  }
  get auth(): AuthorizationV1Api {
    return this.#auth;
  }
  get version(): VersionApi {
    return this.#version;
  }
  /** Raw calls, for `objects.ts`, `watch.ts` and `pod-logs.ts`. */
  get transport(): ApiCalls {
    return this.#transport;
  }
  /** False for an export: objects can be read, processes and logs cannot. */
  get live(): boolean {
    return this.#kubeConfig !== undefined;
  }
  /**
   * For what client-node opens by itself (web sockets). Never logs its content.
   * @throws Failure `Refused` for an export
   */
  get kubeConfig(): PinnedKubeConfig {
    if (this.#kubeConfig) return this.#kubeConfig;
    throw new Failure('Refused', `${this.name} is an export of objects: there is no API server behind it`);
  }
  get signal(): AbortSignal | undefined {
    return this.#transport.signal;
  }

  toJSON(): { name: string; uid: string } {
    return { name: this.name, uid: this.uid };
  }

  [inspect.custom](): string {
    return `Cluster(${this.name} ${this.uid})`;
  }
}

/** `deadlineMs` is per call, default 30,000 ms; `signal` cancels every call of the cluster. */
export type ConnectOptions = TransportOptions;

const namespaceSchema = z.object({ metadata: z.object({ uid: z.string().min(1) }) });

/**
 * Connects to a cluster of `clusters.yaml` and makes sure that it is that cluster: kubeconfig from the named file
 * only, its context set explicitly, and the uid of the namespace kube-system compared on every connect.
 *
 * Cheap to call in each activity: connections and exec-plugin credentials are shared within the process.
 *
 * @throws Failure `Refused` when it is another cluster, `Invalid` for a bad kubeconfig or context, `Forbidden`,
 * `Unreachable`
 */
export async function connect(
  entry: Pick<ClusterEntry, 'name' | 'kubeconfig' | 'context' | 'uid'>,
  options: ConnectOptions = {},
): Promise<Cluster> {
  const { kubeConfig, transport, uid } = await reach(entry, options);
  if (uid !== entry.uid) {
    throw new Failure(
      'Refused',
      `Context "${entry.context}" leads to another cluster: its kube-system has uid ${uid}, clusters.yaml says ${entry.uid} for "${entry.name}"`,
      {
        object: 'Namespace kube-system',
        hint: 'Correct `context` or `kubeconfig` in clusters.yaml; change `uid` only if this cluster was made anew.',
      },
    );
  }
  return new Cluster({ name: entry.name, uid }, kubeConfig, transport);
}

/**
 * Connects to whatever cluster a context leads to, named for the context: for a person who names it, is shown its uid, and
 * works with objects that say which cluster they are of.
 *
 * @throws Failure as `connect`, but for another cluster
 */
export async function connectToContext(
  place: Pick<ClusterEntry, 'kubeconfig' | 'context'>,
  options: ConnectOptions = {},
): Promise<Cluster> {
  const { kubeConfig, transport, uid } = await reach(place, options);
  return new Cluster({ name: place.context, uid }, kubeConfig, transport);
}

async function reach({ kubeconfig, context }: Pick<ClusterEntry, 'kubeconfig' | 'context'>, options: ConnectOptions) {
  const kubeConfig = await loadKubeConfig(kubeconfig, context);
  const transport = new Transport(kubeConfig, options);
  const found = namespaceSchema.safeParse(
    await transport.json({ method: 'GET', path: '/api/v1/namespaces/kube-system' }),
  );
  if (!found.success) {
    throw new Failure('Invalid', `The server of context "${context}" did not answer with a Namespace object`, {
      object: 'Namespace kube-system',
      hint: 'Check `server` in the kubeconfig: something other than an API server answered.',
    });
  }
  return { kubeConfig, transport, uid: found.data.metadata.uid };
}
