import pMap from 'p-map';
import { Failure } from '../../model/failure.ts';
import type { FelixProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { podSelector, readDaemonSet } from '../daemon-sets.ts';
import { listObjects } from '../objects.ts';
import { followLog, readLog } from '../pod-logs.ts';
import { type DaemonPod, parseDaemonPod } from '../pods.ts';
import { calicoNodeDaemonSet } from '../refs.ts';
import {
  createFelixTracker,
  type FelixExpectation,
  type FelixState,
  felixStateFromLog,
  whyFelixDisagrees,
} from './felix-lines.ts';

const CONTAINER = 'calico-node';
/** Felix writes its start-up lines within its first few hundred; a chatty one is far below this. */
const TAIL_LINES = 5_000;
/** Lines that are asked for again when a log is followed after it was read, so that none in between is missed. */
const OVERLAP_LINES = 500;
/** Logs that are read or followed at once. */
const CONCURRENCY = 50;

/** What the log of one Felix says now. */
export interface FelixOnNode {
  pod: DaemonPod;
  state: FelixState;
}

/** calico-node's pods that are not terminating. */
export async function listFelixPods(cluster: Cluster, namespace: string): Promise<DaemonPod[]> {
  const daemonSet = await readDaemonSet(cluster, calicoNodeDaemonSet(namespace));
  if (daemonSet === undefined) return [];
  const options = { labelSelector: podSelector(daemonSet) };
  const objects = await listObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, options);
  return objects
    .map((object) => parseDaemonPod(object, CONTAINER))
    .filter((pod) => pod !== undefined && !pod.terminating) as DaemonPod[];
}

/** Reads the log of every Felix once. */
export async function readFelix(cluster: Cluster, namespace: string): Promise<FelixOnNode[]> {
  const pods = await listFelixPods(cluster, namespace);
  const read = async (pod: DaemonPod) => {
    const lines = await readLog(cluster, containerOf(pod), { tailLines: TAIL_LINES });
    return { pod, state: felixStateFromLog(lines) };
  };
  return await pMap(pods, read, { concurrency: CONCURRENCY });
}

export interface AwaitFelixOptions {
  namespace: string;
  expected: FelixExpectation;
  /** Ends the wait. */
  signal: AbortSignal;
  /** Told after each Felix that got there. */
  onProgress: (done: number, of: number) => void;
}

/**
 * Follows the log of every Felix until each shows what is expected of it. A Felix restarts inside its container, so the
 * pod's own state tells nothing.
 *
 * @throws Failure `Unhealthy` naming every node that did not get there before the signal
 */
export async function awaitFelix(
  cluster: Cluster,
  { namespace, expected, signal, onProgress }: AwaitFelixOptions,
): Promise<FelixProof[]> {
  const pods = await listFelixPods(cluster, namespace);
  const late: { node: string; why: string; lastLines: string[] }[] = [];
  const proofs: FelixProof[] = [];
  const wait = async (pod: DaemonPod) => {
    const { state, why } = await followUntil(cluster, pod, expected, signal);
    if (why === undefined) proofs.push(felixProof(pod, state));
    else late.push({ node: pod.node, why, lastLines: state.lines.slice(-5) });
    onProgress(proofs.length, pods.length);
  };
  await pMap(pods, wait, { concurrency: CONCURRENCY });
  cluster.signal?.throwIfAborted();
  if (late.length > 0) {
    const others = late.length > 1 ? ` (and ${late.length - 1} more nodes)` : '';
    throw new Failure('Unhealthy', `Felix on ${late[0]?.node} is not where it should be: ${late[0]?.why}${others}`, {
      object: `DaemonSet ${namespace}/calico-node`,
      nodes: late,
      hint: `Look at it with: kubectl -n ${namespace} logs -l k8s-app=calico-node -c calico-node --tail=200 --prefix`,
    });
  }
  return proofs;
}

/**
 * Reads one log as it is, then follows it until it shows what is expected, the signal aborts, or the pod is gone. What
 * was written before counts only as a whole: somewhere in its past a Felix may well have shown what is expected now.
 */
async function followUntil(
  cluster: Cluster,
  pod: DaemonPod,
  expected: FelixExpectation,
  signal: AbortSignal,
): Promise<{ state: FelixState; why?: string }> {
  const tracker = createFelixTracker();
  const disagrees = () => whyFelixDisagrees(tracker.state(), expected);
  const container = containerOf(pod);
  try {
    const past = await readLog(cluster, container, { tailLines: TAIL_LINES, timestamps: true });
    for (const line of past) tracker.push(line);
    if (disagrees() === undefined) return { state: tracker.state() };
    // The stamps make lines unique, so what was read already is known when it comes again.
    const known = new Set(past.slice(-OVERLAP_LINES));
    for await (const line of followLog(cluster, container, { tailLines: OVERLAP_LINES, timestamps: true, signal })) {
      if (known.has(line)) continue;
      tracker.push(line);
      if (disagrees() === undefined) return { state: tracker.state() };
    }
    const why = disagrees() ?? '';
    return { state: tracker.state(), why: signal.aborted ? why : `its pod ended; before that: ${why}` };
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'Unreachable') throw error;
    return { state: tracker.state(), why: error.message };
  }
}

export function felixProof({ node, name }: Pick<DaemonPod, 'node' | 'name'>, state: FelixState): FelixProof {
  return {
    node,
    pod: name,
    nftablesMode: state.nftablesMode?.value ?? 'unknown',
    ...(state.useNftables === undefined ? {} : { useNftables: state.useNftables }),
    ...(state.ipvsSupport === undefined ? {} : { ipvsSupport: state.ipvsSupport }),
    ...(state.nftablesMode ? { line: state.nftablesMode.line } : {}),
  };
}

function containerOf(pod: DaemonPod) {
  return { namespace: pod.namespace, pod: pod.name, container: pod.container };
}
