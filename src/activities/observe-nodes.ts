import { setTimeout as delay } from 'node:timers/promises';
import { proves } from '../cluster/kube-proxy/observe.ts';
import { observeProxies, observeProxiesPatiently } from '../cluster/kube-proxy/observe-nodes.ts';
import { Failure } from '../model/failure.ts';
import type { ProxyMode } from '../model/mode.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { OnCluster } from '../model/steps.ts';
import type { ClusterContext, StepContext } from './step-context.ts';

/** Pause between two looks at the nodes that have not proven themselves yet (ms); there is nothing to watch. */
const PAUSE_MS = 2_000;

/** What the report of an aborted run shows. */
export async function observeNodes({ cluster }: StepContext): Promise<ProxyProof[]> {
  return await observeProxiesPatiently(cluster);
}

/** Linux nodes that do not show the mode wanted of them (by name, or the default one); those without service first. */
export async function findNodesToRestart(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { wanted }: OnCluster & { wanted: { default: ProxyMode; nodes: Record<string, ProxyMode> } },
): Promise<string[]> {
  const proofs = await observeProxies(cluster);
  const broken = (proof: ProxyProof) => proof.mode === 'unknown' || proof.synced === false;
  return proofs
    .filter((proof) => proof.mode !== (wanted.nodes[proof.node] ?? wanted.default))
    .sort((a, b) => Number(broken(b)) - Number(broken(a)))
    .map((proof) => proof.node);
}

/**
 * Waits until every Linux node proves the mode wanted of it.
 * @throws Failure `Unhealthy` naming every node that does not, when the time is over
 */
export async function awaitProofs(
  { cluster, signal, heartbeat }: ClusterContext,
  wantedOf: (node: string) => ProxyMode,
  timeoutMs: number,
): Promise<ProxyProof[]> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const proven = new Map<string, ProxyProof>();
  let proofs = await observeProxies(cluster);
  for (;;) {
    for (const proof of proofs) if (proves(proof, wantedOf(proof.node))) proven.set(proof.node, proof);
    const left = proofs.filter((proof) => !proven.has(proof.node));
    heartbeat({ proven: proven.size, left: left.length });
    if (left.length === 0) return [...proven.values()];
    if (deadline.aborted) throw unproven(left, wantedOf);
    await delay(PAUSE_MS, undefined, { signal });
    proofs = await observeProxies(cluster, new Set(left.map((proof) => proof.node)));
  }
}

/** Proves the mode and the first sync on every Linux node. */
export async function verifyNodes(
  context: StepContext,
  { mode, timeoutMs }: OnCluster & { mode: ProxyMode; timeoutMs: number },
): Promise<ProxyProof[]> {
  return await awaitProofs(context, () => mode, timeoutMs);
}

function unproven(left: ProxyProof[], wantedOf: (node: string) => ProxyMode): Failure {
  const nodes = left.map((proof) => {
    const wanted = wantedOf(proof.node);
    const seen = proof.mode === wanted ? 'but its first sync is not done' : `mode is ${proof.mode}, not ${wanted}`;
    return { node: proof.node, why: [seen, proof.remark].filter(Boolean).join('; '), lastLines: [] };
  });
  const others = nodes.length > 1 ? ` (and ${nodes.length - 1} more nodes)` : '';
  return new Failure('Unhealthy', `kube-proxy on ${nodes[0]?.node} does not prove itself: ${nodes[0]?.why}${others}`, {
    object: 'DaemonSet kube-system/kube-proxy',
    nodes,
  });
}
