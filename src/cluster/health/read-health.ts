import type { Cluster } from '../connect.ts';
import { type NodeHealth, readNodeHealth } from './nodes.ts';
import { type PodTrouble, readPodTroubles } from './pods.ts';

/** The health of a cluster at one time. */
export interface Health {
  nodes: ReadonlyMap<string, NodeHealth>;
  /** In kube-system, and where Calico is. */
  troubles: readonly PodTrouble[];
}

/**
 * Reads every node, and every pod of kube-system and of Calico's namespace, page by page: one request for 200 of them.
 * @param since ms since the epoch: crashes of older pods before that do not count
 * @throws Failure
 */
export async function readHealth(
  cluster: Cluster,
  { calicoNamespace, since }: { calicoNamespace?: string | undefined; since?: number },
): Promise<Health> {
  const namespaces = new Set(['kube-system', ...(calicoNamespace === undefined ? [] : [calicoNamespace])]);
  const nodes = await readNodeHealth(cluster);
  const troubles: PodTrouble[] = [];
  for (const namespace of namespaces) troubles.push(...(await readPodTroubles(cluster, namespace, since)));
  return { nodes, troubles };
}
