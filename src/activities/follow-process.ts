import { setTimeout as delay } from 'node:timers/promises';
import { recallProof, rememberProof } from '../cluster/kube-proxy/known-processes.ts';
import { hasSynced } from '../cluster/kube-proxy/metrics.ts';
import { type ProcessAnswer, proofOf, readHead, silence } from '../cluster/kube-proxy/observe.ts';
import { ProxyProcess } from '../cluster/kube-proxy/process.ts';
import type { DaemonPod } from '../cluster/pods.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { HandoverContext } from './handover.ts';
import { firstAskAfterMs, learnStart } from './start-times.ts';

/** kube-proxy's first sync can only be asked for, there is nothing to watch: first and longest pause between (ms). */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** How long the right mode has to stand where the first sync cannot be seen (ms): more than the longest measured. */
const UNSEEN_SYNC_MS = 15_000;

/** How it ended with one process. */
export type Followed =
  | { end: 'proven'; proof: ProxyProof }
  | { end: 'other-mode'; why: string }
  /** Not proven at the one look that was asked for. */
  | { end: 'unproven'; why: string }
  /** The pod is another one by now, or its container does not run any more. */
  | { end: 'gone' };

export interface FollowOptions {
  signal: AbortSignal;
  /** One look, whatever comes of it. */
  onlyOnce: boolean;
  /** The pod was seen to start: it does not listen yet. */
  fresh: boolean;
}

/**
 * Asks the kube-proxy of one pod, over one port-forward, until it has proven the wanted mode and its first sync, or is
 * seen to be in another mode, or is gone.
 *
 * @throws the signal's reason, Failure of the API server
 */
export async function followProcess(
  { cluster, watch, node, wave, metricsPort, log, report }: HandoverContext,
  pod: DaemonPod,
  { signal, onlyOnce, fresh }: FollowOptions,
): Promise<Followed> {
  const known = onlyOnce ? undefined : recallProof(cluster, pod);
  if (known) return judge(known, wave.mode);
  const startedAt = Date.now();
  if (fresh) await Promise.race([watch.changed(node), delay(firstAskAfterMs(cluster), undefined, { signal })]);
  const questions = new ProcessQuestions({ cluster, pod, metricsPort, log, signal });
  let answered = false;
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      const now = watch.on(node).find(({ uid }) => uid === pod.uid);
      if (now === undefined || !now.running || now.restarts !== pod.restarts) return { end: 'gone' };
      const { proof, steady } = await questions.ask(wave.mode);
      signal.throwIfAborted();
      if (fresh && !answered && proof.witnesses.includes('proxyMode')) {
        answered = true;
        learnStart(cluster, Date.now() - startedAt);
      }
      if (proof.mode === wave.mode && proof.synced !== false && steady && now.ready) {
        rememberProof(cluster, pod, proof);
        return { end: 'proven', proof };
      }
      if (proof.mode !== 'unknown' && proof.mode !== wave.mode) return judge(proof, wave.mode);
      const why = notYet(proof, wave.mode, steady);
      if (onlyOnce) return { end: 'unproven', why };
      report({ pod, why });
      await Promise.race([watch.changed(node), delay(pause, undefined, { signal })]);
    }
  } finally {
    await questions[Symbol.asyncDispose]();
  }
}

/** What it means that a process is known to run in a mode. */
function judge(proof: ProxyProof, wanted: ProxyProof['mode']): Followed {
  if (proof.mode === wanted) return { end: 'proven', proof };
  return { end: 'other-mode', why: `kube-proxy runs ${proof.mode}, not ${wanted}` };
}

interface Asked {
  cluster: HandoverContext['cluster'];
  pod: DaemonPod;
  metricsPort: number;
  log: HandoverContext['log'];
  signal: AbortSignal;
}

/** What one process is asked again and again, over a port-forward that is opened anew only where it broke. */
class ProcessQuestions implements AsyncDisposable {
  readonly #asked: Asked;
  #process: ProxyProcess | undefined;
  #failures: number | undefined;
  /** Since when the mode is right and the first sync cannot be seen (ms since the epoch). */
  #unseenSince: number | undefined;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  /** What the process says now. Not `steady`: its syncs fail, or what cannot be seen has not stood for long enough. */
  async ask(wanted: ProxyProof['mode']): Promise<{ proof: ProxyProof; steady: boolean }> {
    const { cluster, pod, log } = this.#asked;
    const answer = await this.#answer();
    // The log costs a request, and is asked for once the process has said all, or where it cannot be asked at all.
    const complete = answer.mode === wanted && answer.synced === true;
    const forbidden = answer.mode === undefined && answer.synced === undefined;
    const head = forbidden || (complete && log === 'always') ? await readHead(cluster, pod) : { lines: [] };
    const proof = proofOf(pod, answer, head);
    return { proof, steady: this.#steady(answer) && (proof.mode !== wanted || this.#settled(proof)) };
  }

  async #answer(): Promise<ProcessAnswer> {
    const { cluster, pod, metricsPort, signal } = this.#asked;
    try {
      this.#process ??= await ProxyProcess.open(cluster, pod, metricsPort, { signal });
      const mode = await this.#process.mode({ signal });
      const metrics = await this.#process.metrics({ signal });
      return { mode, synced: hasSynced(metrics), syncFailures: metrics.nftablesSyncFailures };
    } catch (error) {
      signal.throwIfAborted();
      await this.#hangUp();
      return silence(error, metricsPort);
    }
  }

  /** A failed transaction is tried again by kube-proxy, and may well succeed: more of them since the last look may not. */
  #steady({ syncFailures = 0 }: ProcessAnswer): boolean {
    const steady = syncFailures === 0 || this.#failures === syncFailures;
    this.#failures = syncFailures;
    return steady;
  }

  /**
   * Where the first sync cannot be seen, the mode line alone is early: 1.4 to 7.6 s before the first rules (measured on
   * real nodes). It counts only after it has been there for a while.
   */
  #settled({ synced }: ProxyProof): boolean {
    if (synced !== undefined) return true;
    this.#unseenSince ??= Date.now();
    return Date.now() - this.#unseenSince >= UNSEEN_SYNC_MS;
  }

  async #hangUp(): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
    this.#process = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#hangUp();
  }
}

function notYet(proof: ProxyProof, mode: string, steady: boolean): string {
  if (proof.mode !== mode) return `its mode is unknown${proof.remark ? ` (${proof.remark})` : ''}`;
  if (proof.synced === false) return `runs ${mode}, but its first sync has not succeeded${failures(proof)}`;
  return steady ? `runs ${mode}, but its pod is not Ready` : `runs ${mode}, but its syncs fail${failures(proof)}`;
}

function failures({ syncFailures }: ProxyProof): string {
  return syncFailures ? ` (${syncFailures} failed nftables transactions)` : '';
}
