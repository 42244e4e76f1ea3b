import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { type LinuxNode, listLinuxNodes } from '../nodes.ts';
import type { DaemonPod } from '../pods.ts';
import { metricsPortOf } from './metrics-port.ts';
import { observeProxy } from './observe.ts';
import { findProxyPods, listPodsByNode } from './pods.ts';

/** Nodes that are looked at at once: each is one port-forward and one log. */
const CONCURRENCY = 20;
/** Pause before a node that did not prove itself is looked at again (ms); there is nothing to watch. */
const PAUSE_MS = 2_000;

/** Where kube-proxy is to be looked at. */
export interface ProxyPlaces {
  nodes: readonly LinuxNode[];
  /** kube-proxy's pods by node. */
  pods: ReadonlyMap<string, DaemonPod>;
  metricsPort: number;
}

/** Reads where kube-proxy is now. */
async function readPlaces(cluster: Cluster): Promise<ProxyPlaces> {
  const [nodes, pods, metricsPort] = await Promise.all([
    listLinuxNodes(cluster),
    findProxyPods(cluster).then((where) => listPodsByNode(cluster, where)),
    metricsPortOf(cluster),
  ]);
  return { nodes, pods, metricsPort };
}

/**
 * Looks at kube-proxy on these nodes, or on every Linux node, and judges nothing.
 * @param places where a caller has read them already
 */
export async function observeProxies(
  cluster: Cluster,
  only?: ReadonlySet<string>,
  places?: ProxyPlaces,
): Promise<ProxyProof[]> {
  const { nodes, pods, metricsPort } = places ?? (await readPlaces(cluster));
  const wanted = nodes.filter((node) => only === undefined || only.has(node.name));
  return await pMap(
    wanted,
    async ({ name }): Promise<ProxyProof> => {
      const pod = pods.get(name);
      if (pod?.running) return await observeProxy(cluster, pod, metricsPort);
      const remark = pod ? `its container does not run (${pod.trouble ?? 'starting'})` : 'has no kube-proxy pod';
      return {
        node: name,
        pod: pod?.name ?? '',
        podUid: pod?.uid ?? '',
        restarts: pod?.restarts ?? 0,
        mode: 'unknown',
        witnesses: [],
        remark,
      };
    },
    { concurrency: CONCURRENCY },
  );
}

/**
 * Looks at these nodes, or at every Linux node, and up to twice more at those that did not prove themselves: one cut connection must not
 * make a healthy node look unknown.
 * @param places for the first look, where a caller has read them already
 */
export async function observeProxiesPatiently(
  cluster: Cluster,
  only?: ReadonlySet<string>,
  places?: ProxyPlaces,
): Promise<ProxyProof[]> {
  const seen = new Map((await observeProxies(cluster, only, places)).map((proof) => [proof.node, proof]));
  for (let again = 0; again < 2; again += 1) {
    const doubtful = [...seen.values()].filter((proof) => proof.mode === 'unknown' || proof.synced === false);
    if (doubtful.length === 0) break;
    await delay(PAUSE_MS, undefined, { ...(cluster.signal ? { signal: cluster.signal } : {}) });
    for (const proof of await observeProxies(cluster, new Set(doubtful.map(({ node }) => node))))
      seen.set(proof.node, proof);
  }
  return [...seen.values()];
}
