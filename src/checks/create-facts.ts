import pMap from 'p-map';
import { z } from 'zod';
import { readApiGroups } from '../cluster/api-groups.ts';
import { detectCalico } from '../cluster/calico/detect.ts';
import { felixPodsOf, readFelix } from '../cluster/calico/felix.ts';
import { tigeraStatusHealth, tigeraStatusSchema } from '../cluster/calico/installation-schema.ts';
import type { Cluster } from '../cluster/connect.ts';
import { listDaemonSets, parseDaemonSet } from '../cluster/daemon-sets.ts';
import { hasStatus } from '../cluster/errors.ts';
import { readProxyConfig } from '../cluster/kube-proxy/config-edit.ts';
import { parseProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import { metricsPortIn } from '../cluster/kube-proxy/metrics-port.ts';
import { observeProxiesPatiently } from '../cluster/kube-proxy/observe-nodes.ts';
import { proxyPodsByNode } from '../cluster/kube-proxy/pods.ts';
import { listNodes, runsProxy } from '../cluster/nodes.ts';
import {
  collectionPath,
  listObjects,
  type ObjectRef,
  objectPath,
  type PlainObject,
  type ResourceRef,
  readObject,
} from '../cluster/objects.ts';
import { type Permission, reviewPermissions } from '../cluster/permissions.ts';
import { probeRefusal } from '../cluster/probe/refusal.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet, tigeraStatusCalico } from '../cluster/refs.ts';
import { locateServer } from '../cluster/server-address.ts';
import { countEndpoints, listServices } from '../cluster/services.ts';
import { standbyConfig } from '../cluster/standby/config.ts';
import { standbyPod } from '../cluster/standby/pod.ts';
import { standbyRefusal } from '../cluster/standby/pods.ts';
import { sumRequests } from '../cluster/standby/room.ts';
import { listSystemPods } from '../cluster/system-pods.ts';
import { readUserName } from '../cluster/user.ts';
import type { Handover } from '../model/plan.ts';
import type { ProbePlan } from '../model/probe-plan.ts';
import type { ClusterFacts } from './facts.ts';
import { memoize, once } from './once.ts';
import { sampleNodes } from './sample-nodes.ts';

export interface FactsOptions {
  /** Look at kube-proxy and Felix on at most this many nodes; absent: on all. A plan needs all. */
  sample?: number | undefined;
  /** Who holds the lock and is taken for gone. */
  takeOverLock?: string | undefined;
  /** How clusters.yaml asks for nodes to be handed over. */
  handover?: Handover | undefined;
  /** The probe that clusters.yaml asks for. */
  probe?: ProbePlan | undefined;
}

/** Questions about permissions that are asked at once. */
const REVIEWS = 8;

const versionSchema = z.object({ gitVersion: z.string() });

/** The facts of a cluster, live or exported; nothing is read yet. */
export function createFacts(
  cluster: Cluster,
  { sample, takeOverLock, handover, probe }: FactsOptions = {},
): ClusterFacts {
  const object = memoize(objectPath, (ref: ObjectRef) => readObject(cluster, ref));
  const objects = memoize(collectionPath, (resource: ResourceRef) => listOrNone(cluster, resource));
  const allNodes = once(() => listNodes(cluster));
  const nodes = once(async () => (await allNodes()).filter(runsProxy));
  const observedNodes = once(async () => sampleNodes(await nodes(), sample));
  const only = async () =>
    sample === undefined ? undefined : new Set((await observedNodes()).map(({ name }) => name));
  const proxyDaemonSet = once(async () => {
    const found = await object(kubeProxyDaemonSet);
    return found && parseDaemonSet(found);
  });
  const calico = once(() => detectCalico(cluster, object));
  const systemPods = once(() => listSystemPods(cluster));
  const proxyConfig = once(async () => {
    const configMap = parseProxyConfigMap(await object(kubeProxyConfigMap));
    return { configMap, summary: readProxyConfig(configMap.text) };
  });
  const calicoPods = once(async () => {
    const namespace = (await calico())?.namespace;
    if (namespace === undefined) return [];
    return namespace === 'kube-system' ? await systemPods() : await listSystemPods(cluster, namespace);
  });
  const standby = once(async () => {
    const [daemonSet, [node], { configMap }] = await Promise.all([proxyDaemonSet(), nodes(), proxyConfig()]);
    if (daemonSet === undefined || node === undefined) return undefined;
    const config = standbyConfig(configMap.text, 'nftables');
    return { daemonSet, node: node.name, purpose: 'serve', mode: 'nftables', config } as const;
  });
  const review = memoize(
    (permission: Permission) => JSON.stringify(permission),
    async (permission: Permission) => await reviewPermissions(cluster, [permission]),
  );
  return {
    identity: { name: cluster.name, uid: cluster.uid },
    takeOverLock,
    handover,
    probe,
    signal: cluster.signal,
    server: cluster.live ? cluster.transport.server : '',
    serverAddress: once(() => locateServer(cluster.live ? cluster.transport.server : '')),
    userName: once(() => readUserName(cluster)),
    kubernetesVersion: once(async () => versionSchema.parse(await cluster.version.getCode()).gitVersion),
    apiGroups: once(() => readApiGroups(cluster)),
    allNodes,
    nodes,
    observedNodes,
    daemonSets: once(() => listDaemonSets(cluster)),
    systemPods,
    services: once(() => listServices(cluster)),
    endpoints: once(() => countEndpoints(cluster)),
    proxyConfig,
    proxyDaemonSet,
    proxies: once(async () => {
      const daemonSet = await proxyDaemonSet();
      if (daemonSet === undefined) return [];
      const pods = proxyPodsByNode(await systemPods(), daemonSet);
      const places = { nodes: await nodes(), pods, metricsPort: metricsPortIn((await proxyConfig()).summary) };
      return await observeProxiesPatiently(cluster, { only: await only(), places, recall: true });
    }),
    calico,
    calicoPods,
    felix: once(async () => {
      const found = await calico();
      if (found === undefined) return [];
      const [pods, some] = await Promise.all([calicoPods(), only()]);
      const felixes = felixPodsOf(found.daemonSet, found.namespace, pods);
      return await readFelix(
        cluster,
        felixes.filter(({ node }) => some?.has(node) ?? true),
      );
    }),
    tigeraStatus: once(async () => {
      const installation = (await calico())?.installation;
      if (installation === undefined) return undefined;
      const status = await object(tigeraStatusCalico);
      if (status === undefined) return { settled: false, why: 'TigeraStatus calico does not exist' };
      return tigeraStatusHealth(tigeraStatusSchema.parse(status), installation.metadata.generation ?? 0);
    }),
    missing: async (permissions) => (await pMap(permissions, review, { concurrency: REVIEWS })).flat(),
    standbyRefusal: once(async () => {
      const options = await standby();
      return options && (await standbyRefusal(cluster, options));
    }),
    standbySpec: async () => {
      const options = await standby();
      return options && standbyPod(options).spec;
    },
    probeRefusal: once(async () => probe && (await probeRefusal(cluster, probe))),
    podRequests: once(() => sumRequests(cluster)),
    object,
    objects,
  };
}

/** A list of a kind that may not be installed: its CRD is not there, so no object is. */
async function listOrNone(cluster: Cluster, resource: ResourceRef): Promise<PlainObject[]> {
  try {
    return await listObjects(cluster, resource);
  } catch (error) {
    if (hasStatus(error, 404)) return [];
    throw error;
  }
}
