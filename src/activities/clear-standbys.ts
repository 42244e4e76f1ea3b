import type { Cluster } from '../cluster/connect.ts';
import { observeProxies } from '../cluster/kube-proxy/observe-nodes.ts';
import { listLinuxNodes } from '../cluster/nodes.ts';
import { listObjects } from '../cluster/objects.ts';
import { isStandbyMode, type StandbyMode, standbySelector } from '../cluster/standby/names.ts';
import { parseSystemPod } from '../cluster/system-pods.ts';
import type { LeftBehind, ProxyProof } from '../model/node-proof.ts';
import type { ClearedStandbys, OnCluster } from '../model/steps.ts';
import { NodeFailed } from './handover.ts';
import { Standbys } from './standbys.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * Leaves no stand-by, and no rules of one, where the node's own kube-proxy serves in the other mode. A node whose kube-proxy
 * does not serve keeps its stand-by: that is what serves there.
 *
 * @param nodes nodes on which a stand-by may have been, beside those that have one now
 */
export async function clearStandbys(
  context: ClusterContext,
  { nodes, timeoutMs }: OnCluster & { nodes: readonly string[]; timeoutMs: number },
): Promise<ClearedStandbys> {
  const { cluster, signal } = context;
  const concerned = new Set([...nodes, ...(await nodesWithStandbys(cluster))]);
  if (concerned.size === 0) return { cleared: 0, kept: [] };
  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal, AbortSignal.timeout(timeoutMs)]);
  const ready = new Map((await listLinuxNodes(cluster)).map((node) => [node.name, node.ready]));
  const proofs = new Map(
    (await observeProxies(cluster, { only: concerned, recall: true })).map((proof) => [proof.node, proof]),
  );
  const kept: LeftBehind[] = [];
  let cleared = 0;
  try {
    const standbys = await Standbys.open(cluster, end);
    await Promise.all(
      [...concerned]
        .filter((node) => ready.has(node))
        .map(async (node) => {
          try {
            await clearNode(standbys, node, proofs.get(node), end, ready.get(node) === true);
            cleared += 1;
          } catch (error) {
            signal.throwIfAborted();
            if (end.aborted) kept.push(left(node, `not done within ${timeoutMs / 1000} s`));
            else if (error instanceof NodeFailed) kept.push(left(node, error.message));
            else throw error;
          }
        }),
    );
    return { cleared, kept };
  } finally {
    stop.abort();
  }
}

/** @throws NodeFailed where the stand-by has to stay, or its rules could not be taken away */
export async function clearNode(
  standbys: Standbys,
  node: string,
  proof: ProxyProof | undefined,
  signal: AbortSignal,
  ready = true,
): Promise<void> {
  if (!ready) throw new NodeFailed('the node is not Ready: nothing can be taken away from it');
  if (proof === undefined || proof.mode === 'unknown' || proof.synced === false)
    throw new NodeFailed('its own kube-proxy does not serve, so its stand-by stays');
  await standbys.remove(node, () => true, signal);
  for (const mode of otherModes(proof.mode)) await standbys.clean(node, mode, signal);
}

/** What a stand-by can have left beside the mode that serves. */
function otherModes(serving: ProxyProof['mode']): StandbyMode[] {
  return isStandbyMode(serving) ? [serving === 'ipvs' ? 'nftables' : 'ipvs'] : ['nftables', 'ipvs'];
}

async function nodesWithStandbys(cluster: Cluster): Promise<string[]> {
  const pods = { apiVersion: 'v1', plural: 'pods', namespace: 'kube-system', labelSelector: standbySelector };
  return (await listObjects(cluster, pods)).flatMap((object) => parseSystemPod(object).node ?? []);
}

function left(node: string, why: string): LeftBehind {
  return { node, why, lastLines: [] };
}
