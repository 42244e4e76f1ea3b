import { setTimeout as delay } from 'node:timers/promises';
import { proves } from '../cluster/kube-proxy/observe.ts';
import { observeProxies, observeProxiesPatiently } from '../cluster/kube-proxy/observe-nodes.ts';
import { listLinuxNodes } from '../cluster/nodes.ts';
import { Failure } from '../model/failure.ts';
import type { ProxyMode } from '../model/mode.ts';
import type { LeftBehind, ProxyProof } from '../model/node-proof.ts';
import { groupProofs, type ProofGroup } from '../model/proof-groups.ts';
import type { OnCluster, Verified } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

/** Pause between two looks at the nodes that have not proven themselves yet (ms); there is nothing to watch. */
const PAUSE_MS = 2_000;

/** What the report of an aborted run shows. */
export async function observeNodes({ cluster }: StepContext): Promise<ProofGroup[]> {
  return groupProofs(await observeProxiesPatiently(cluster));
}

/** Linux nodes that do not show the mode wanted of them (by name, or the default one); those without service first. */
export async function findNodesToRestart(
  { cluster }: StepContext,
  { wanted }: OnCluster & { wanted: { default: ProxyMode; nodes: Record<string, ProxyMode> } },
): Promise<string[]> {
  const proofs = await observeProxies(cluster, { recall: true });
  const broken = (proof: ProxyProof) => proof.mode === 'unknown' || proof.synced === false;
  return proofs
    .filter((proof) => proof.mode !== (wanted.nodes[proof.node] ?? wanted.default))
    .sort((a, b) => Number(broken(b)) - Number(broken(a)))
    .map((proof) => proof.node);
}

export interface AwaitProofsOptions {
  wantedOf: (node: string) => ProxyMode;
  timeoutMs: number;
  /** Nodes that nothing is asked of. */
  except?: ReadonlySet<string>;
  /** Take what was proven of a process that still runs. */
  recall: boolean;
}

/**
 * Waits until every Linux node proves the mode wanted of it. A node that is not Ready cannot prove anything: it is told of,
 * when the time is over.
 *
 * @throws Failure `Unhealthy` naming every Ready node that does not, when the time is over
 */
export async function awaitProofs(
  { cluster, signal, heartbeat }: StepContext,
  { wantedOf, timeoutMs, except = new Set(), recall }: AwaitProofsOptions,
): Promise<{ proofs: ProxyProof[]; notReady: LeftBehind[] }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const proven = new Map<string, ProxyProof>();
  let proofs = (await observeProxies(cluster, { recall })).filter(({ node }) => !except.has(node));
  for (;;) {
    for (const proof of proofs) if (proves(proof, wantedOf(proof.node))) proven.set(proof.node, proof);
    const left = proofs.filter((proof) => !proven.has(proof.node));
    heartbeat({ proven: proven.size, left: left.length });
    if (left.length === 0) return { proofs: [...proven.values()], notReady: [] };
    if (deadline.aborted) {
      const ready = new Map((await listLinuxNodes(cluster)).map((node) => [node.name, node.ready]));
      const there = left.filter(({ node }) => ready.has(node));
      const failed = there.filter(({ node }) => ready.get(node) === true);
      if (failed.length > 0) throw unproven(failed, wantedOf);
      const notReady = there.map(({ node, remark }) => ({ node, why: remark ?? 'not Ready', lastLines: [] }));
      return { proofs: [...proven.values()], notReady };
    }
    await delay(PAUSE_MS, undefined, { signal });
    proofs = await observeProxies(cluster, { only: new Set(left.map((proof) => proof.node)) });
  }
}

/** Proves the mode and the first sync on every Linux node but those that were left behind. */
export async function verifyNodes(
  context: StepContext,
  input: OnCluster & { mode: ProxyMode; timeoutMs: number; except: string[]; evidence: boolean },
): Promise<Verified> {
  const { mode, timeoutMs, except, evidence } = input;
  const options = { wantedOf: () => mode, timeoutMs, except: new Set(except), recall: !evidence };
  const { proofs, notReady } = await awaitProofs(context, options);
  return { nodes: proofs.length, proofs: evidence ? groupProofs(proofs) : [], notReady };
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
