import pMap from 'p-map';
import { Failure } from '../../model/failure.ts';
import type { FelixProof } from '../../model/node-proof.ts';
import { type FelixGroup, groupFelix } from '../../model/proof-groups.ts';
import type { Cluster } from '../connect.ts';
import { CONCURRENCY, felixProof, listFelixPods } from './felix.ts';
import type { FelixExpectation } from './felix-lines.ts';
import { type FelixToAwait, followUntil } from './follow-felix.ts';

/** Of so many nodes the line that proves it is kept; of more, what it says. */
const MOST_LINES = 200;

export interface AwaitFelixOptions {
  namespace: string;
  expected: FelixExpectation;
  /** How long each has to show it without a break (ms); 0, where it is not said: once is enough. */
  holdMs?: number;
  /** Only these nodes; by default every one that has a pod of calico-node. */
  nodes?: readonly string[];
  /** Nodes that are not looked at. */
  except?: readonly string[];
  /** Ends the wait. */
  signal: AbortSignal;
  /** Told after each Felix that got there. */
  onProgress: (done: number, of: number) => void;
}

/**
 * Follows the log of every Felix, or of those on some nodes, until each shows what is expected of it. A Felix restarts
 * inside its container, so the pod's own state tells nothing.
 *
 * @throws Failure `Unhealthy` naming every node that did not get there before the signal
 */
export async function awaitFelix(
  cluster: Cluster,
  { namespace, expected, holdMs = 0, nodes, except = [], signal, onProgress }: AwaitFelixOptions,
): Promise<FelixGroup[]> {
  const awaited = (await felixToAwait(cluster, namespace, nodes)).filter(({ node }) => !except.includes(node));
  const late: { node: string; why: string; lastLines: string[] }[] = [];
  const proofs: FelixProof[] = [];
  const withLine = awaited.length <= MOST_LINES;
  const wait = async (felix: FelixToAwait) => {
    const { pod, state, why } = await followUntil(cluster, felix, { expected, holdMs }, signal);
    if (why !== undefined) late.push({ node: felix.node, why, lastLines: state.lines.slice(-5) });
    else if (pod !== undefined) proofs.push(felixProof(pod, state, { withLine }));
    onProgress(proofs.length, awaited.length);
  };
  await pMap(awaited, wait, { concurrency: CONCURRENCY });
  cluster.signal?.throwIfAborted();
  if (late.length > 0) {
    const others = late.length > 1 ? ` (and ${late.length - 1} more nodes)` : '';
    throw new Failure('Unhealthy', `Felix on ${late[0]?.node} is not where it should be: ${late[0]?.why}${others}`, {
      object: `DaemonSet ${namespace}/calico-node`,
      nodes: late,
      hint: `Look at it with: kubectl -n ${namespace} logs -l k8s-app=calico-node -c calico-node --tail=200 --prefix`,
    });
  }
  return groupFelix(proofs);
}

/** The whole DaemonSet in one list; of a few nodes each one's pod, so that a wave does not list a large cluster. */
async function felixToAwait(
  cluster: Cluster,
  namespace: string,
  nodes: readonly string[] | undefined,
): Promise<FelixToAwait[]> {
  if (nodes !== undefined) return nodes.map((node) => ({ namespace, node, pod: undefined }));
  return (await listFelixPods(cluster, namespace)).map((pod) => ({ namespace, node: pod.node, pod }));
}
