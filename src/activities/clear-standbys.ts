import type { Cluster } from '../cluster/connect.ts';
import { observeProxiesPatiently } from '../cluster/kube-proxy/observe-nodes.ts';
import { listLinuxNodes } from '../cluster/nodes.ts';
import { listObjects } from '../cluster/objects.ts';
import { type StandbyMode, standbySelector } from '../cluster/standby/names.ts';
import { parseSystemPod } from '../cluster/system-pods.ts';
import type { LeftBehind, ProxyProof } from '../model/node-proof.ts';
import type { ClearedStandbys, OnCluster } from '../model/steps.ts';
import { NodeFailed } from './handover.ts';
import { Standbys } from './standbys.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * Leaves no stand-by, and no rules of one, where the node's own kube-proxy serves in the other mode. A node whose kube-proxy
 * does not serve keeps its stand-by: that is what serves there. One that is not Ready cannot be cleared.
 *
 * @param nodes nodes on which a stand-by may have been, beside those that have one now
 */
export async function clearStandbys(
  { cluster, signal }: ClusterContext,
  { nodes, timeoutMs }: OnCluster & { nodes: readonly string[]; timeoutMs: number },
): Promise<ClearedStandbys> {
  const mentioned = new Set([...nodes, ...(await nodesWithStandbys(cluster))]);
  const there = (await listLinuxNodes(cluster)).filter(({ name }) => mentioned.has(name));
  const result: ClearedStandbys = { kept: [], notReady: [] };
  for (const { name, ready } of there)
    if (!ready) result.notReady.push(left(name, 'not Ready: it could not be seen whether a stand-by has left rules'));
  const only = new Set(there.filter(({ ready }) => ready).map(({ name }) => name));
  if (only.size === 0) return result;

  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const proofs = await observeProxiesPatiently(cluster, { only, recall: true });
    const standbys = await Standbys.open(cluster, end);
    await Promise.all(
      proofs.map(async (proof) => {
        try {
          await clearNode(standbys, proof, end);
        } catch (error) {
          signal.throwIfAborted();
          if (end.aborted) result.kept.push(left(proof.node, `not done within ${timeoutMs / 1000} s`));
          else if (error instanceof NodeFailed) result.kept.push(left(proof.node, error.message));
          else throw error;
        }
      }),
    );
    return result;
  } finally {
    stop.abort();
  }
}

/** @throws NodeFailed where the stand-by has to stay, or its rules could not be taken away */
async function clearNode(standbys: Standbys, { node, mode, synced }: ProxyProof, signal: AbortSignal): Promise<void> {
  if (mode === 'unknown' || synced === false)
    throw new NodeFailed('its own kube-proxy does not serve, so its stand-by stays');
  await standbys.clear(node, otherMode(mode), signal);
  // One of the mode that serves: its rules are those of the node's own kube-proxy.
  await standbys.remove(node, () => true, signal);
}

/** What may be left beside the mode that serves. In iptables mode, what ipvs mode leaves is also what serves. */
function otherMode(serving: Exclude<ProxyProof['mode'], 'unknown'>): StandbyMode {
  return serving === 'nftables' ? 'ipvs' : 'nftables';
}

async function nodesWithStandbys(cluster: Cluster): Promise<string[]> {
  const pods = { apiVersion: 'v1', plural: 'pods', namespace: 'kube-system', labelSelector: standbySelector };
  return (await listObjects(cluster, pods)).flatMap((object) => parseSystemPod(object).node ?? []);
}

function left(node: string, why: string): LeftBehind {
  return { node, why, lastLines: [] };
}
