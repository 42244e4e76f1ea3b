import { z } from 'zod';
import { type CalicoFacts, detectCalico } from '../cluster/calico/detect.ts';
import { type FelixOnNode, readFelix } from '../cluster/calico/felix.ts';
import {
  type TigeraStatusHealth,
  tigeraStatusHealth,
  tigeraStatusSchema,
} from '../cluster/calico/installation-schema.ts';
import type { Cluster } from '../cluster/connect.ts';
import { type DaemonSet, readDaemonSet } from '../cluster/daemon-sets.ts';
import { type ProxyConfigSummary, readProxyConfig } from '../cluster/kube-proxy/config-edit.ts';
import { type ProxyConfigMap, readProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import { observeProxiesPatiently } from '../cluster/kube-proxy/observe-nodes.ts';
import { type LinuxNode, listLinuxNodes } from '../cluster/nodes.ts';
import { readObject } from '../cluster/objects.ts';
import { kubeProxyDaemonSet, tigeraStatusCalico } from '../cluster/refs.ts';
import { Failure } from '../model/failure.ts';
import type { ProxyProof } from '../model/node-proof.ts';

/** A part of the cluster that could be read, or why it could not be understood. */
export type Known<T> = { value: T } | { failure: Failure };

/** What the checks judge and the plan is made of. Read once; nothing is written. */
export interface ClusterFacts {
  /** `gitVersion` of the API server, such as `v1.35.4`. */
  kubernetesVersion: string;
  nodes: LinuxNode[];
  proxyConfig: Known<{ configMap: ProxyConfigMap; summary: ProxyConfigSummary }>;
  proxyDaemonSet: DaemonSet | undefined;
  /** kube-proxy as seen on every Linux node; empty where there is no DaemonSet or no readable configuration. */
  proxies: ProxyProof[];
  /** Undefined value: the cluster has no Calico. */
  calico: Known<CalicoOnNodes | undefined>;
}

export interface CalicoOnNodes extends CalicoFacts {
  felix: FelixOnNode[];
  /** Of the operator, for the Installation as it is now; operator installs only. */
  operator?: TigeraStatusHealth;
}

const versionSchema = z.object({ gitVersion: z.string() });

/**
 * Reads everything that the checks need.
 * @throws Failure where the API server refuses or does not answer; what it answered but cannot be understood is a fact
 */
export async function readFacts(cluster: Cluster): Promise<ClusterFacts> {
  const [version, nodes, proxyDaemonSet, proxyConfig, calico] = await Promise.all([
    cluster.version.getCode(),
    listLinuxNodes(cluster),
    readDaemonSet(cluster, kubeProxyDaemonSet),
    known(async () => {
      const configMap = await readProxyConfigMap(cluster);
      return { configMap, summary: readProxyConfig(configMap.text) };
    }),
    known(() => readCalico(cluster)),
  ]);
  const proxies = proxyDaemonSet && 'value' in proxyConfig ? await observeProxiesPatiently(cluster) : [];
  return {
    kubernetesVersion: versionSchema.parse(version).gitVersion,
    nodes,
    proxyConfig,
    proxyDaemonSet,
    proxies,
    calico,
  };
}

async function readCalico(cluster: Cluster): Promise<CalicoOnNodes | undefined> {
  const calico = await detectCalico(cluster);
  if (calico === undefined) return undefined;
  const felix = await readFelix(cluster, calico.namespace);
  if (calico.installation === undefined) return { ...calico, felix };
  const status = await readObject(cluster, tigeraStatusCalico);
  const operator = status
    ? tigeraStatusHealth(tigeraStatusSchema.parse(status), calico.installation.metadata.generation ?? 0)
    : { settled: false, why: 'TigeraStatus calico does not exist' };
  return { ...calico, felix, operator };
}

/** What cannot be understood becomes a finding; what cannot be read is thrown, and tried again. */
async function known<T>(read: () => Promise<T>): Promise<Known<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (error instanceof Failure && ['Invalid', 'Blocked', 'Unhealthy'].includes(error.kind)) return { failure: error };
    throw error;
  }
}
