import { setTimeout as delay } from 'node:timers/promises';
import pMap from 'p-map';
import { Failure } from '../../model/failure.ts';
import type { LeftBehind } from '../../model/node-proof.ts';
import type { Segment } from '../../model/probe.ts';
import { type ProbePathName, probeDelayMs } from '../../model/probe-plan.ts';
import type { ProbeGroup, ProbeSight } from '../../model/probe-sight.ts';
import { type LookAtProbe, PROBE_NAMESPACE, type ProbeLook } from '../../model/probe-steps.ts';
import { endOf } from '../../probe/segment.ts';
import type { Cluster } from '../connect.ts';
import { linkSignals } from '../linked-signal.ts';
import { type LinuxNode, listLinuxNodes } from '../nodes.ts';
import { listObjects } from '../objects.ts';
import { followLog, readLog } from '../pod-logs.ts';
import { type DaemonPod, parseDaemonPod } from '../pods.ts';
import { watchPodsOf } from './labels.ts';
import { readProbeLog } from './log.ts';
import { WATCH_CONTAINER } from './objects.ts';
import { sightOfSegments } from './sight-of-segments.ts';

/** Logs that are read at once. */
const CONCURRENCY = 20;
/** For one log (ms): a kubelet that does not answer by then is silent. */
const LOG_DEADLINE_MS = 10_000;
/** Of so many nodes it is told when and why the longest time without an answer began: a result has to go into one payload. */
const MOST_WORST = 200;
/** What is read begins so much earlier than what is looked at (ms): the clock of a node may be off by as much. */
const CLOCK_MARGIN_MS = 60_000;

export type LookOptions = Omit<LookAtProbe, 'cluster'>;
type Told = Map<ProbePathName, Segment[]>;

/**
 * Reads what the probe has seen in a time, from the logs of its pods: not through the Services that it watches. Waits until all of it
 * must have been told; a node that has not told it by then is listened to for `patienceMs` more. What is not told is not known.
 *
 * @throws Failure where no log could be read at all
 */
export async function lookAtProbe(
  cluster: Cluster,
  options: LookOptions,
  call: { signal: AbortSignal },
): Promise<ProbeLook> {
  const { probe, to, patienceMs } = options;
  const toldBy = Date.parse(to) + probeDelayMs(probe);
  await delay(Math.max(0, toldBy - Date.now()), undefined, call);
  const pods = await watchPods(cluster, options.runId);
  const nodes = await nodesToTell(cluster, pods);
  using patience = linkSignals([call.signal], patienceMs);
  const signals = { signal: call.signal, patience: patience.signal };
  const seen = await pMap(
    nodes,
    async ({ name, ready }) => {
      // Its kubelet does not answer, so asking it would only take time.
      const heard = ready ? await listen(cluster, pods.get(name) ?? [], options, signals) : notReady;
      call.signal.throwIfAborted();
      // What was read is let go before the next one is read: an hour of thousands of nodes does not fit into memory.
      return sightsOf(name, heard, options);
    },
    { concurrency: CONCURRENCY },
  );
  const failures = seen.flatMap(({ why }) => (why instanceof Failure ? [why] : []));
  if (failures.length === seen.length && failures[0]) throw failures[0];
  return lookOf(seen, options);
}

interface Heard {
  told: Told;
  /** Why nothing, or not all, could be read. */
  why: Failure | string | undefined;
}

const notReady: Heard = { told: new Map(), why: 'the node is not Ready' };

interface Seen extends Pick<Heard, 'why'> {
  node: string;
  paths: ProbeSight[];
  /** Up to when all of it was told (ms since the epoch). */
  toldUntil: number;
}

function sightsOf(node: string, { told, why }: Heard, { probe, from, to }: LookOptions): Seen {
  const time = { everyMs: probe.everyMs, from: Date.parse(from), to: Date.parse(to) };
  const seen = probe.paths.map((path) => sightOfSegments(told.get(path) ?? [], { path, ...time }));
  const toldUntil = Math.min(time.to, ...seen.map((path) => path.toldUntil));
  return { node, paths: seen.map(({ sight }) => sight), toldUntil, why };
}

function lookOf(all: readonly Seen[], { from, to }: LookOptions): ProbeLook {
  const worstFirst = all.toSorted((one, other) => longestOf(other) - longestOf(one));
  const named = new Set(worstFirst.slice(0, MOST_WORST));
  const groups = new Map<string, ProbeGroup>();
  for (const seen of all) {
    const paths = named.has(seen) ? seen.paths : seen.paths.map(({ worst: _, ...sight }) => sight);
    const key = JSON.stringify(paths);
    const alike = groups.get(key);
    if (alike) alike.nodes.push(seen.node);
    else groups.set(key, { nodes: [seen.node], paths });
  }
  const silent = all.flatMap(({ node, why, toldUntil }): LeftBehind[] =>
    toldUntil < Date.parse(to) ? [{ node, why: whySilent(why, toldUntil, Date.parse(from)), lastLines: [] }] : [],
  );
  return { groups: [...groups.values()], silent };
}

function longestOf({ paths }: Seen): number {
  return Math.max(...paths.map(({ failing }) => failing.longest));
}

function whySilent(why: Heard['why'], toldUntil: number, from: number): string {
  if (why !== undefined) return why instanceof Failure ? why.message : why;
  return toldUntil > from
    ? `it has told nothing of the time after ${new Date(toldUntil).toISOString()}`
    : 'it has told nothing';
}

/** Nodes that have, or ought to have, the probe. */
async function nodesToTell(cluster: Cluster, pods: ReadonlyMap<string, DaemonPod[]>): Promise<LinuxNode[]> {
  return (await listLinuxNodes(cluster)).filter(({ name, ready }) => ready || pods.has(name));
}

/** The pods that ask, by node; the ones that are on their way out too. */
async function watchPods(cluster: Cluster, runId: string): Promise<Map<string, DaemonPod[]>> {
  const labelSelector = watchPodsOf(runId);
  const resource = { apiVersion: 'v1', plural: 'pods', namespace: PROBE_NAMESPACE, labelSelector };
  const pods = (await listObjects(cluster, resource)).flatMap(
    (object) => parseDaemonPod(object, WATCH_CONTAINER) ?? [],
  );
  return Map.groupBy(pods, ({ node }) => node);
}

interface Signals {
  signal: AbortSignal;
  /** Aborted when nobody waits for more. */
  patience: AbortSignal;
}

/** Reads the logs of a node's pods; where the end is missing, follows the one that runs until it comes. */
async function listen(
  cluster: Cluster,
  pods: readonly DaemonPod[],
  options: LookOptions,
  signals: Signals,
): Promise<Heard> {
  const lines: string[] = [];
  const told = () => inOrder(readProbeLog(lines, options.probe));
  if (pods.length === 0) return { told: told(), why: 'it has no pod of the probe' };
  let why: Failure | undefined;
  for (const pod of pods) {
    for (const previous of pod.restarts > 0 ? [true, false] : [false]) {
      try {
        const call = { signal: signals.signal, deadlineMs: LOG_DEADLINE_MS };
        lines.push(...(await readLog(cluster, containerOf(pod), { ...since(options), previous, ...call })));
      } catch (error) {
        signals.signal.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        why = error;
      }
    }
  }
  const running = pods.find((pod) => pod.running);
  if (running && !toldAll(told(), options)) why = (await follow(cluster, running, lines, options, signals)) ?? why;
  return { told: told(), why: toldAll(told(), options) ? undefined : why };
}

/** Adds lines until all is told or patience ends. @returns why it could not be followed */
async function follow(
  cluster: Cluster,
  pod: DaemonPod,
  lines: string[],
  options: LookOptions,
  { signal, patience }: Signals,
): Promise<Failure | undefined> {
  const known = new Set(lines);
  try {
    for await (const line of followLog(cluster, containerOf(pod), { ...since(options), signal: patience })) {
      if (known.has(line)) continue;
      known.add(line);
      lines.push(line);
      if (toldAll(inOrder(readProbeLog(lines, options.probe)), options)) return undefined;
    }
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (patience.aborted) return undefined;
    if (error instanceof Failure) return error;
    throw error;
  }
}

function containerOf({ namespace, name }: DaemonPod) {
  return { namespace, pod: name, container: WATCH_CONTAINER };
}

function since({ from, probe }: LookOptions): { sinceTime: string } {
  // The line that tells of `from` is written that much later, at the latest; one before it is of no use.
  const begin = Date.parse(from) - probeDelayMs(probe) - CLOCK_MARGIN_MS;
  return { sinceTime: new Date(begin).toISOString() };
}

function toldAll(told: Told, { to }: LookOptions): boolean {
  const end = Date.parse(to);
  return [...told.values()].every((segments) => segments.some((segment) => endOf(segment) >= end));
}

/** By when they begin: a pod and the one that replaces it are read one after the other. */
function inOrder(told: Told): Told {
  for (const segments of told.values()) segments.sort((one, other) => Date.parse(one.from) - Date.parse(other.from));
  return told;
}
