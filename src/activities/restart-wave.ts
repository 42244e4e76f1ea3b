import type { Cluster } from '../cluster/connect.ts';
import { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import { metricsPortOf } from '../cluster/kube-proxy/metrics-port.ts';
import { lastWords } from '../cluster/kube-proxy/observe.ts';
import { findProxyPods } from '../cluster/kube-proxy/pods.ts';
import { readObject } from '../cluster/objects.ts';
import { Failure } from '../model/failure.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { Wave } from '../model/steps.ts';
import { NodeFailed, NodeRestart, type Unfinished } from './restart-node.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * Replaces kube-proxy's pod on each of these nodes at once, where it does not show the wanted mode, and waits until
 * each has proven mode and first sync. What is seen decides, so a second call does only what is left.
 *
 * @throws Failure `Unhealthy` with every node that did not get there in `nodeTimeoutMs`, or that crashes
 */
export async function restartWave({ cluster, signal, heartbeat }: ClusterContext, wave: Wave): Promise<ProxyProof[]> {
  const [pods, metricsPort] = await Promise.all([findProxyPods(cluster), metricsPortOf(cluster)]);
  const deadline = AbortSignal.timeout(wave.nodeTimeoutMs);
  const stop = new AbortController();
  const watch = await DaemonPodWatch.open(cluster, { ...pods, signal: AbortSignal.any([signal, stop.signal]) });
  const unfinished = new Map<string, Unfinished>(
    wave.nodes.map((node) => [node, { why: 'not looked at yet', pod: undefined }]),
  );
  const proofs = new Map<string, ProxyProof>();

  const restart = async (node: string): Promise<void> => {
    const restarter = new NodeRestart(cluster, watch, node, wave, metricsPort, (state) => unfinished.set(node, state));
    const proof = await restarter.run(AbortSignal.any([signal, stop.signal, deadline]));
    unfinished.delete(node);
    proofs.set(node, proof);
    heartbeat({ done: proofs.size, of: wave.nodes.length });
  };

  try {
    await Promise.all(wave.nodes.map(restart));
    return [...proofs.values()];
  } catch (error) {
    // The other nodes of the wave stop where they are: nothing is deleted any more once this has failed.
    stop.abort();
    signal.throwIfAborted();
    if (!deadline.aborted && !(error instanceof NodeFailed)) throw error;
    // The others were still coming up when this one failed: that is no fault of theirs.
    if (error instanceof NodeFailed) for (const node of wave.nodes) if (node !== error.node) unfinished.delete(node);
    const gone = await vanishedNodes(cluster, [...unfinished.keys()]);
    for (const node of gone) unfinished.delete(node);
    if (unfinished.size === 0 && error instanceof NodeFailed) {
      // Nothing is known of the others yet: Temporal does the wave again, and it takes up what is there.
      throw new Failure('Unreachable', `Node ${error.node} was deleted while kube-proxy on it was replaced`);
    }
    if (unfinished.size === 0) return [...proofs.values()];
    throw await unhealthy(cluster, wave, unfinished, deadline.aborted);
  } finally {
    stop.abort();
  }
}

/** Nodes that were deleted meanwhile: nothing is left to do for them. */
async function vanishedNodes(cluster: Cluster, nodes: string[]): Promise<string[]> {
  const found = await Promise.all(
    nodes.map((name) => readObject(cluster, { apiVersion: 'v1', kind: 'Node', plural: 'nodes', name })),
  );
  return nodes.filter((_, index) => found[index] === undefined);
}

async function unhealthy(
  cluster: Cluster,
  wave: Wave,
  unfinished: Map<string, Unfinished>,
  late: boolean,
): Promise<Failure> {
  const nodes = await Promise.all(
    [...unfinished].map(async ([node, { why, pod }]) => ({
      node,
      why,
      lastLines: pod ? await lastWords(cluster, pod) : [],
    })),
  );
  const names = nodes.map(({ node }) => node);
  const first = nodes[0];
  const others = nodes.length > 1 ? ` (and ${nodes.length - 1} more nodes)` : '';
  const within = late ? ` within ${wave.nodeTimeoutMs / 1000} s` : '';
  return new Failure(
    'Unhealthy',
    `kube-proxy on ${first?.node} did not come up in ${wave.mode}${within}: ${first?.why}${others}`,
    {
      object: 'DaemonSet kube-system/kube-proxy',
      nodes,
      hint: `Look at it with: kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide --field-selector spec.nodeName=${names[0]}`,
    },
  );
}
