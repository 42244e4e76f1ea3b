import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { Failure } from '../../model/failure.ts';
import type { FelixProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { type DaemonSet, podSelector, podsOf, readDaemonSet } from '../daemon-sets.ts';
import { describeRef, listObjects } from '../objects.ts';
import { followLog, readLog } from '../pod-logs.ts';
import { type DaemonPod, daemonPodOf, parseDaemonPod } from '../pods.ts';
import { calicoNodeDaemonSet } from '../refs.ts';
import { parseSystemPod, type SystemPod } from '../system-pods.ts';
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
/** Before a log that ended is opened again (ms). */
const REOPEN_MS = 1_000;
/** Logs that are read or followed at once. */
const CONCURRENCY = 50;

/** What the log of one Felix says now. */
export interface FelixOnNode {
  pod: DaemonPod;
  state: FelixState;
}

/**
 * calico-node's pods that are not terminating.
 * @throws Failure `Unhealthy` where there are fewer than the DaemonSet wants: a node that is not looked at proves nothing
 */
export async function listFelixPods(cluster: Cluster, namespace: string): Promise<DaemonPod[]> {
  const ref = calicoNodeDaemonSet(namespace);
  const object = describeRef(ref);
  const daemonSet = await readDaemonSet(cluster, ref);
  if (daemonSet === undefined) throw new Failure('Unhealthy', `${object} does not exist`, { object });
  const options = { labelSelector: podSelector(daemonSet) };
  const objects = await listObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, options);
  return felixPodsOf(daemonSet, namespace, objects.map(parseSystemPod));
}

/** The same, of what was read; `pods` may be all of the namespace. */
export function felixPodsOf(daemonSet: DaemonSet, namespace: string, all: readonly SystemPod[]): DaemonPod[] {
  const pods = podsOf(daemonSet, all)
    .flatMap((pod) => daemonPodOf(pod, CONTAINER) ?? [])
    .filter((pod) => !pod.terminating);
  const wanted = daemonSet.status.desiredNumberScheduled;
  if (pods.length < wanted) {
    const object = describeRef(calicoNodeDaemonSet(namespace));
    throw new Failure('Unhealthy', `${object} has ${pods.length} pods, of ${wanted} that it wants`, { object });
  }
  return pods;
}

/** Reads the log of each Felix once. */
export async function readFelix(cluster: Cluster, pods: readonly DaemonPod[]): Promise<FelixOnNode[]> {
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
 * Follows the log of a node's Felix until it shows what is expected or the signal aborts. A stream that ends or is cut
 * (a load balancer, an API server that restarts, a pod that is replaced) is opened again.
 */
async function followUntil(
  cluster: Cluster,
  pod: DaemonPod,
  expected: FelixExpectation,
  signal: AbortSignal,
): Promise<{ state: FelixState; why?: string }> {
  let last = { state: createFelixTracker().state(), why: 'its log has not been read' };
  for (let current = pod; !signal.aborted; current = await podOnNode(cluster, current, signal)) {
    const seen = await followOnce(cluster, current, expected, signal);
    if (seen.why === undefined) return { state: seen.state };
    last = { state: seen.state, why: seen.why };
    // Nothing says when a log can be opened again. An abort ends the loop, with what was seen last.
    await delay(REOPEN_MS, undefined, { signal }).catch(() => undefined);
  }
  return last;
}

/**
 * Reads one log as it is, then follows it as long as it goes. What was written before counts only as a whole: somewhere
 * in its past a Felix may well have shown what is expected now.
 */
async function followOnce(
  cluster: Cluster,
  pod: DaemonPod,
  expected: FelixExpectation,
  signal: AbortSignal,
): Promise<{ state: FelixState; why: string | undefined }> {
  const tracker = createFelixTracker();
  const disagrees = () => whyFelixDisagrees(tracker.state(), expected);
  const container = containerOf(pod);
  try {
    const past = await readLog(cluster, container, { tailLines: TAIL_LINES, timestamps: true, signal });
    for (const line of past) tracker.push(line);
    if (disagrees() === undefined) return { state: tracker.state(), why: undefined };
    // The stamps make lines unique, so what was read already is known when it comes again.
    const known = new Set(past.slice(-OVERLAP_LINES));
    for await (const line of followLog(cluster, container, { tailLines: OVERLAP_LINES, timestamps: true, signal })) {
      if (known.has(line)) continue;
      tracker.push(line);
      if (disagrees() === undefined) break;
    }
    return { state: tracker.state(), why: disagrees() };
  } catch (error) {
    cluster.signal?.throwIfAborted();
    if (signal.aborted) return { state: tracker.state(), why: disagrees() };
    if (!(error instanceof Failure) || error.kind === 'Forbidden' || error.kind === 'Disconnected') throw error;
    return { state: tracker.state(), why: error.message };
  }
}

/** The pod that runs on the node now; the one that was there where none is, or the API server does not answer. */
async function podOnNode(cluster: Cluster, pod: DaemonPod, signal: AbortSignal): Promise<DaemonPod> {
  try {
    const fieldSelector = `spec.nodeName=${pod.node}`;
    const where = { apiVersion: 'v1', plural: 'pods', namespace: pod.namespace };
    const pods = (await listObjects(cluster, where, { fieldSelector, signal })).flatMap(
      (found) => parseDaemonPod(found, CONTAINER) ?? [],
    );
    return pods.find(({ name, terminating, running }) => name.startsWith(CONTAINER) && running && !terminating) ?? pod;
  } catch (error) {
    cluster.signal?.throwIfAborted();
    if (signal.aborted || (error instanceof Failure && error.kind === 'Unreachable')) return pod;
    throw error;
  }
}

export function felixProof({ node, name }: Pick<DaemonPod, 'node' | 'name'>, state: FelixState): FelixProof {
  return {
    node,
    pod: name,
    nftablesMode: state.nftablesMode?.value ?? 'unknown',
    ...(state.useNftables === undefined ? {} : { useNftables: state.useNftables }),
    ...(state.ipvsSupport === undefined ? {} : { ipvsSupport: state.ipvsSupport }),
    ...lineOf(state),
  };
}

/** The line that proves what Felix runs: of eBPF mode where it runs that. */
function lineOf({ bpf, nftablesMode }: FelixState): { line?: string } {
  const line = bpf?.line ?? nftablesMode?.line;
  return line === undefined ? {} : { line };
}

function containerOf(pod: DaemonPod) {
  return { namespace: pod.namespace, pod: pod.name, container: pod.container };
}
