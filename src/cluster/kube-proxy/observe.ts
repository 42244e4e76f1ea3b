import { Failure } from '../../model/failure.ts';
import type { ProxyMode } from '../../model/mode.ts';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { hasStatus } from '../errors.ts';
import { readLog } from '../pod-logs.ts';
import type { DaemonPod } from '../pods.ts';
import { getOverPortForward } from '../port-forward.ts';
import { fatalLines, modeFromLog } from './log-lines.ts';
import { hasSynced, parseProxyMetrics } from './metrics.ts';
import { parseModeAnswer } from './mode-answer.ts';

/** The start-up line stands in the first lines of a log; this much of it is read (bytes). */
const LOG_HEAD_BYTES = 64 * 1024;
/** A kube-proxy that answers at all answers at once; one look may take this long (ms). */
const LOOK_DEADLINE_MS = 10_000;

/**
 * Looks at kube-proxy in one pod, by both witnesses: `/proxyMode` and `/metrics` by port-forward (they listen on
 * 127.0.0.1 of the node, out of reach of the API server's pod proxy), and the start-up line of the log.
 *
 * Never guesses: where the witnesses do not answer or contradict each other the mode is `unknown` and `remark` says why.
 * `synced` is undefined only where port-forward is forbidden.
 *
 * @throws Failure `Unreachable` where the API server itself does not answer; the reason of the cluster's signal
 */
export async function observeProxy(cluster: Cluster, pod: DaemonPod, metricsPort: number): Promise<ProxyProof> {
  const [answer, head] = await Promise.all([askProcess(cluster, pod, metricsPort), readHead(cluster, pod)]);
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
    podUid: pod.uid,
    restarts: pod.restarts,
    mode: contradiction ? 'unknown' : (answer.mode ?? byLog?.mode ?? 'unknown'),
    witnesses: [...(answer.mode ? (['proxyMode'] as const) : []), ...(byLog ? (['log'] as const) : [])],
    ...(byLog ? { line: byLog.line } : {}),
    ...(answer.synced === undefined ? {} : { synced: answer.synced }),
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

interface Answer {
  mode?: ProxyMode;
  synced?: boolean;
  remark?: string;
}

async function askProcess(cluster: Cluster, pod: DaemonPod, port: number): Promise<Answer> {
  try {
    const target = { namespace: pod.namespace, pod: pod.name };
    const answers = await getOverPortForward(cluster, target, port, ['/proxyMode', '/metrics'], {
      deadlineMs: LOOK_DEADLINE_MS,
    });
    const mode = parseModeAnswer(answers['/proxyMode']?.body ?? '');
    const metrics = answers['/metrics'];
    if (mode === 'unknown' || metrics?.status !== 200) {
      return { synced: false, remark: `port ${port} of the pod does not answer as kube-proxy does` };
    }
    return { mode, synced: hasSynced(parseProxyMetrics(metrics.body)) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (hasStatus(error, 403))
      return { remark: 'port-forward is forbidden: the log is the only witness, its first sync was not seen' };
    return { synced: false, remark: `port ${port} of the pod does not answer: ${error.message}` };
  }
}

async function readHead(cluster: Cluster, pod: DaemonPod): Promise<{ lines: string[]; remark?: string }> {
  try {
    const container = { namespace: pod.namespace, pod: pod.name, container: pod.container };
    return { lines: await readLog(cluster, container, { limitBytes: LOG_HEAD_BYTES, deadlineMs: LOOK_DEADLINE_MS }) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { lines: [], remark: `its log could not be read: ${error.message}` };
  }
}
