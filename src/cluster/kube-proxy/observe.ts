import { Failure } from '../../model/failure.ts';
import type { ProxyMode } from '../../model/mode.ts';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { hasStatus } from '../errors.ts';
import { readLog } from '../pod-logs.ts';
import type { DaemonPod } from '../pods.ts';
import { fatalLines, modeFromLog } from './log-lines.ts';
import { hasSynced } from './metrics.ts';
import { ProxyProcess } from './process.ts';

/** The start-up line stands in the first lines of a log; this much of it is read (bytes). */
const LOG_HEAD_BYTES = 64 * 1024;
/** A kube-proxy that answers at all answers at once; one look may take this long (ms). */
const LOOK_DEADLINE_MS = 10_000;

export interface ObserveOptions {
  /**
   * `always`: the log is the second witness. `if-needed`: it is read only where the process does not answer, which is one
   * request less for each of thousands of nodes.
   */
  log: 'always' | 'if-needed';
  signal?: AbortSignal | undefined;
}

/**
 * Looks at kube-proxy in one pod, by both witnesses: `/proxyMode` and `/metrics` by port-forward (they listen on
 * 127.0.0.1 of the node, out of reach of the API server's pod proxy), and the start-up line of the log.
 *
 * Never guesses: where the witnesses do not answer or contradict each other the mode is `unknown` and `remark` says why.
 * `synced` is undefined only where port-forward is forbidden.
 *
 * @throws Failure `Unreachable` where the API server itself does not answer; the reason of the cluster's signal
 */
export async function observeProxy(
  cluster: Cluster,
  pod: DaemonPod,
  metricsPort: number,
  { log, signal }: ObserveOptions,
): Promise<ProxyProof> {
  if (log === 'always') {
    const [answer, head] = await Promise.all([askProcess(cluster, pod, metricsPort, signal), readHead(cluster, pod)]);
    return proofOf(pod, answer, head);
  }
  const answer = await askProcess(cluster, pod, metricsPort, signal);
  return proofOf(pod, answer, answer.mode === undefined ? await readHead(cluster, pod) : { lines: [] });
}

/** What the two witnesses say together. */
export function proofOf(pod: DaemonPod, answer: ProcessAnswer, head: LogHead): ProxyProof {
  const byLog = modeFromLog(head.lines);
  const contradiction = answer.mode !== undefined && byLog !== undefined && answer.mode !== byLog.mode;
  const remarks = [
    answer.remark,
    head.remark,
    contradiction ? `/proxyMode says ${answer.mode}, the log says ${byLog.mode}` : undefined,
  ].filter((remark) => remark !== undefined);
  return {
    node: pod.node,
    pod: pod.name,
    mode: contradiction ? 'unknown' : (answer.mode ?? byLog?.mode ?? 'unknown'),
    witnesses: [...(answer.mode ? (['proxyMode'] as const) : []), ...(byLog ? (['log'] as const) : [])],
    ...(byLog ? { line: byLog.line } : {}),
    ...(answer.synced === undefined ? {} : { synced: answer.synced }),
    ...(answer.syncFailures ? { syncFailures: answer.syncFailures } : {}),
    ...(remarks.length > 0 ? { remark: remarks.join('; ') } : {}),
  };
}

/** Whether this is the proof that a node serves in `mode`: the mode was seen, and the first sync where it can be read. */
export function proves(proof: ProxyProof, mode: ProxyMode): boolean {
  return proof.mode === mode && proof.synced !== false;
}

/** The last telling lines of a kube-proxy that fails: of the process before, where it has died. */
export async function lastWords(cluster: Cluster, pod: DaemonPod): Promise<string[]> {
  const container = { namespace: pod.namespace, pod: pod.name, container: pod.container };
  const options = { tailLines: 200, previous: pod.restarts > 0 && !pod.running, deadlineMs: LOOK_DEADLINE_MS };
  try {
    return fatalLines(await readLog(cluster, container, options));
  } catch (error) {
    if (error instanceof Failure) return [`(its log could not be read: ${error.message})`];
    throw error;
  }
}

/** What the process itself says. */
export interface ProcessAnswer {
  mode?: ProxyMode;
  synced?: boolean;
  syncFailures?: number;
  /** Why it says nothing. */
  remark?: string;
}

/** The beginning of a log. */
export interface LogHead {
  lines: string[];
  /** Why it could not be read. */
  remark?: string;
}

async function askProcess(
  cluster: Cluster,
  pod: DaemonPod,
  port: number,
  signal: AbortSignal | undefined,
): Promise<ProcessAnswer> {
  try {
    await using process = await ProxyProcess.open(cluster, pod, port, { signal });
    const mode = await process.mode({ signal });
    const metrics = await process.metrics({ signal });
    return { mode, synced: hasSynced(metrics), syncFailures: metrics.nftablesSyncFailures };
  } catch (error) {
    return silence(error, port);
  }
}

/** What it means that a process did not answer. @throws whatever says nothing about the process */
export function silence(error: unknown, port: number): ProcessAnswer {
  if (!(error instanceof Failure)) throw error;
  if (hasStatus(error, 403))
    return { remark: 'port-forward is forbidden: the log is the only witness, its first sync was not seen' };
  return { synced: false, remark: `port ${port} of the pod does not answer: ${error.message}` };
}

/** The start-up lines of a pod's kube-proxy. */
export async function readHead(cluster: Cluster, pod: DaemonPod): Promise<LogHead> {
  try {
    const container = { namespace: pod.namespace, pod: pod.name, container: pod.container };
    return { lines: await readLog(cluster, container, { limitBytes: LOG_HEAD_BYTES, deadlineMs: LOOK_DEADLINE_MS }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { lines: [], remark: `its log could not be read: ${error.message}` };
  }
}
