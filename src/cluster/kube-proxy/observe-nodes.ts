import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { type LinuxNode, listLinuxNodes } from '../nodes.ts';
import type { DaemonPod } from '../pods.ts';
import { recallProof, rememberProof } from './known-processes.ts';
import { metricsPortOf } from './metrics-port.ts';
import { type ObserveOptions, observeProxy } from './observe.ts';
import { findProxyPods, listPodsByNode } from './pods.ts';

/** Nodes that are looked at at once: each is one port-forward, and one log in a small cluster. */
const CONCURRENCY = 20;
/** Pause before a node that did not prove itself is looked at again (ms); there is nothing to watch. */
const PAUSE_MS = 2_000;

/**
 * In clusters of up to so many nodes the log of every kube-proxy is read beside asking the process; in larger ones the log is
 * read where the process does not answer.
 */
const MOST_LOGS = 200;

/** Where kube-proxy is to be looked at. */
export interface ProxyPlaces {
  nodes: readonly LinuxNode[];
  /** kube-proxy's pods by node. */
  pods: ReadonlyMap<string, DaemonPod>;
  metricsPort: number;
}

/** Whether the second witness is asked as well in a cluster of so many nodes. */
export function logsOf(nodes: number): ObserveOptions['log'] {
  return nodes <= MOST_LOGS ? 'always' : 'if-needed';
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

export interface ObserveNodesOptions {
  /** Default: every Linux node. */
  only?: ReadonlySet<string> | undefined;
  /** Where a caller has read them already. */
  places?: ProxyPlaces | undefined;
  /** Take what this worker has proven of a process that still runs, instead of asking it again. Default false. */
  recall?: boolean | undefined;
}

/** Looks at kube-proxy on these nodes and judges nothing. */
export async function observeProxies(cluster: Cluster, options: ObserveNodesOptions = {}): Promise<ProxyProof[]> {
  const { only, recall = false } = options;
  const { nodes, pods, metricsPort } = options.places ?? (await readPlaces(cluster));
  const wanted = nodes.filter((node) => only === undefined || only.has(node.name));
  const log = logsOf(nodes.length);
  return await pMap(
    wanted,
    async ({ name }): Promise<ProxyProof> => {
      const pod = pods.get(name);
      if (!pod?.running) return unseen(name, pod);
      const known = recall ? recallProof(cluster, pod) : undefined;
      if (known) return known;
      const proof = await observeProxy(cluster, pod, metricsPort, { log });
      rememberProof(cluster, pod, proof);
      return proof;
    },
    { concurrency: CONCURRENCY },
  );
}

function unseen(node: string, pod: DaemonPod | undefined): ProxyProof {
  const remark = pod ? `its container does not run (${pod.trouble ?? 'starting'})` : 'has no kube-proxy pod';
  return { node, pod: pod?.name ?? '', mode: 'unknown', witnesses: [], remark };
}

/**
 * As {@link observeProxies}, and up to twice more at those that did not prove themselves: one cut connection must not
 * make a healthy node look unknown. `places` are those of the first look.
 */
export async function observeProxiesPatiently(
  cluster: Cluster,
  options: ObserveNodesOptions = {},
): Promise<ProxyProof[]> {
  const seen = new Map((await observeProxies(cluster, options)).map((proof) => [proof.node, proof]));
  for (let again = 0; again < 2; again += 1) {
    const doubtful = [...seen.values()].filter((proof) => proof.mode === 'unknown' || proof.synced === false);
    if (doubtful.length === 0) break;
    await delay(PAUSE_MS, undefined, { ...(cluster.signal ? { signal: cluster.signal } : {}) });
    const only = new Set(doubtful.map(({ node }) => node));
    for (const proof of await observeProxies(cluster, { only })) seen.set(proof.node, proof);
  }
  return [...seen.values()];
}
