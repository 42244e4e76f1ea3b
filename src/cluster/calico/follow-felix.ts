import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { listObjects, readObject } from '../objects.ts';
import { followLog, readLog } from '../pod-logs.ts';
import { type DaemonPod, parseDaemonPod } from '../pods.ts';
import { Standing } from '../standing.ts';
import { CONTAINER, containerOf, TAIL_LINES } from './felix.ts';
import { createFelixTracker, type FelixExpectation, type FelixState, whyFelixDisagrees } from './felix-lines.ts';

/** Lines that are asked for again when a log is followed after it was read, so that none in between is missed. */
const OVERLAP_LINES = 500;
/** Before a log that ended is opened again (ms). */
const REOPEN_MS = 1_000;

/** What is awaited of a Felix. */
export interface FelixGoal {
  expected: FelixExpectation;
  /** How long it has to show that without a break; 0: once is enough (ms). */
  holdMs: number;
}

/** A node, and the pod of calico-node that was seen there; none may be there for the moment. */
export interface FelixToAwait {
  namespace: string;
  node: string;
  pod: DaemonPod | undefined;
}

/** What was seen of a Felix last; neither a pod nor a reason where its node is gone. */
export interface FelixSeen {
  pod?: DaemonPod;
  state: FelixState;
  why?: string;
}

/**
 * Follows the log of a node's Felix until it shows what is expected or the signal aborts. A stream that ends or is cut
 * (a load balancer, an API server that restarts, a pod that is replaced) is opened again. A node that leaves the cluster
 * is not waited for.
 */
export async function followUntil(
  cluster: Cluster,
  felix: FelixToAwait,
  goal: FelixGoal,
  signal: AbortSignal,
): Promise<FelixSeen> {
  let { pod } = felix;
  let last: FelixSeen = { state: createFelixTracker().state(), why: 'its log has not been read' };
  for (let first = pod !== undefined; !signal.aborted; first = false) {
    if (!first) pod = await podOnNode(cluster, { ...felix, pod }, signal);
    if (pod !== undefined) {
      const seen = await followOnce(cluster, pod, goal, signal);
      if (seen.why === undefined) return { pod, state: seen.state };
      last = { state: seen.state, why: seen.why };
    } else {
      const { state } = last;
      if (!(await nodeExists(cluster, felix.node, signal))) return { state };
      last = { state, why: `it has no pod of DaemonSet ${felix.namespace}/${CONTAINER}` };
    }
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
  { expected, holdMs }: FelixGoal,
  signal: AbortSignal,
): Promise<{ state: FelixState; why: string | undefined }> {
  using standing = new Standing(holdMs);
  const tracker = createFelixTracker();
  const disagrees = () => whyFelixDisagrees(tracker.state(), expected);
  const container = containerOf(pod);
  try {
    const past = await readLog(cluster, container, { tailLines: TAIL_LINES, timestamps: true, signal });
    for (const line of past) tracker.push(line);
    standing.is(disagrees() === undefined);
    if (standing.signal.aborted) return { state: tracker.state(), why: undefined };
    // The stamps make lines unique, so what was read already is known when it comes again.
    const known = new Set(past.slice(-OVERLAP_LINES));
    const options = {
      tailLines: OVERLAP_LINES,
      timestamps: true,
      signal: AbortSignal.any([signal, standing.signal]),
    };
    for await (const line of followLog(cluster, container, options)) {
      if (known.has(line)) continue;
      tracker.push(line);
      standing.is(disagrees() === undefined);
    }
    const short = standing.signal.aborted ? undefined : `it has not stood for ${holdMs / 1_000} s`;
    return { state: tracker.state(), why: disagrees() ?? short };
  } catch (error) {
    cluster.signal?.throwIfAborted();
    if (signal.aborted) return { state: tracker.state(), why: disagrees() };
    if (!(error instanceof Failure) || error.kind === 'Forbidden' || error.kind === 'Disconnected') throw error;
    return { state: tracker.state(), why: error.message };
  }
}

/** The pod that runs on the node now; the one that was seen last where the API server does not answer. */
async function podOnNode(
  cluster: Cluster,
  { namespace, node, pod }: FelixToAwait,
  signal: AbortSignal,
): Promise<DaemonPod | undefined> {
  try {
    const fieldSelector = `spec.nodeName=${node}`;
    const where = { apiVersion: 'v1', plural: 'pods', namespace };
    const pods = (await listObjects(cluster, where, { fieldSelector, signal })).flatMap(
      (found) => parseDaemonPod(found, CONTAINER) ?? [],
    );
    return pods.find(({ name, terminating, running }) => name.startsWith(CONTAINER) && running && !terminating);
  } catch (error) {
    cluster.signal?.throwIfAborted();
    if (signal.aborted || (error instanceof Failure && error.kind === 'Unreachable')) return pod;
    throw error;
  }
}

/** False where the node was deleted; where that cannot be told now, it is asked again later. */
async function nodeExists(cluster: Cluster, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    const ref = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', name };
    return (await readObject(cluster, ref, { signal })) !== undefined;
  } catch (error) {
    cluster.signal?.throwIfAborted();
    if (signal.aborted || (error instanceof Failure && error.kind === 'Unreachable')) return true;
    throw error;
  }
}
