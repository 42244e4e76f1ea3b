import { once } from 'node:events';
import { request } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  PortForward,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node';
import type { ProxyMode } from '../../src/model/mode.ts';

/** What the tests ask of a cluster, through the API server as any client would. */
export class ClusterClient {
  readonly config = new KubeConfig();
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly custom: CustomObjectsApi;

  constructor(kubeconfigPath: string) {
    this.config.loadFromFile(kubeconfigPath);
    this.core = this.config.makeApiClient(CoreV1Api);
    this.apps = this.config.makeApiClient(AppsV1Api);
    this.custom = this.config.makeApiClient(CustomObjectsApi);
  }

  async pod(app: 'kube-proxy' | 'calico-node', node: string): Promise<V1Pod> {
    const [pod] = await this.#pods(app, node);
    if (!pod) throw new Error(`no ${app} on ${node}`);
    return pod;
  }

  async #pods(app: 'kube-proxy' | 'calico-node', node: string): Promise<V1Pod[]> {
    const { items } = await this.core.listPodForAllNamespaces({
      labelSelector: `k8s-app=${app}`,
      fieldSelector: `spec.nodeName=${node}`,
    });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  }

  async log(app: 'kube-proxy' | 'calico-node', node: string, options: object = {}): Promise<string> {
    const { metadata } = await this.pod(app, node);
    return this.core.readNamespacedPodLog({
      name: metadata?.name ?? '',
      namespace: metadata?.namespace ?? '',
      ...options,
    });
  }

  async setMode(mode: ProxyMode): Promise<void> {
    const configMap = await this.core.readNamespacedConfigMap({ name: 'kube-proxy', namespace: 'kube-system' });
    const config = configMap.data?.['config.conf']?.replace(/^mode: .*$/m, `mode: ${mode}`);
    await this.core.patchNamespacedConfigMap(
      { name: 'kube-proxy', namespace: 'kube-system', body: { data: { 'config.conf': config } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  /** Deletes the pod; resolves when another one runs in its place. */
  async replacePod(app: 'kube-proxy' | 'calico-node', node: string): Promise<void> {
    const { metadata } = await this.pod(app, node);
    await this.core.deleteNamespacedPod({ name: metadata?.name ?? '', namespace: metadata?.namespace ?? '' });
    await until(async () => {
      const pods = await this.#pods(app, node);
      return pods.some((pod) => pod.metadata?.uid !== metadata?.uid && pod.status?.phase === 'Running');
    });
  }

  async setDataplane(calicoNetwork: object): Promise<void> {
    await this.custom.patchClusterCustomObject(
      {
        group: 'operator.tigera.io',
        version: 'v1',
        plural: 'installations',
        name: 'default',
        body: { spec: { calicoNetwork } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  async setFelixMode(nftablesMode: string): Promise<void> {
    await this.custom.patchClusterCustomObject(
      {
        group: 'crd.projectcalico.org',
        version: 'v1',
        plural: 'felixconfigurations',
        name: 'default',
        body: { spec: { nftablesMode } },
      },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  }

  /** An object of Calico or its operator, as it is. */
  async calico(group: 'operator.tigera.io' | 'crd.projectcalico.org', plural: string, name = 'default') {
    return this.custom.getClusterCustomObject({ group, version: 'v1', plural, name });
  }

  /** Two GETs over one connection to 127.0.0.1:10249 of a node, by a real port-forward. */
  async proxyModeAndMetrics(node: string): Promise<[string, string]> {
    const { metadata } = await this.pod('kube-proxy', node);
    const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    const socket = await new PortForward(this.config).portForward(
      metadata?.namespace ?? '',
      metadata?.name ?? '',
      [10249],
      output,
      errors,
      input,
    );
    const connection = Duplex.from({ readable: output, writable: input });
    try {
      const first = await get(connection, '/proxyMode');
      return [first, await get(connection, '/metrics')];
    } finally {
      if ('close' in socket) socket.close();
    }
  }
}

async function get(connection: Duplex, path: string): Promise<string> {
  const outgoing = request({
    path,
    headers: { connection: 'keep-alive' },
    createConnection: () => connection as never,
  });
  outgoing.end();
  const [response] = await once(outgoing, 'response');
  return text(response);
}

/** Resolves when `accept` holds; throws after some seconds. */
export async function until(accept: () => boolean | Promise<boolean>, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  while (!(await accept())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${accept}`);
    // These tests look at several objects at once, for which there is no one event.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
