import type { Cluster } from '../cluster/connect.ts';
import { DaemonPodWatch } from '../cluster/daemon-pod-watch.ts';
import { metricsPortOf } from '../cluster/kube-proxy/metrics-port.ts';
import { lastWords } from '../cluster/kube-proxy/observe.ts';
import { logsOf } from '../cluster/kube-proxy/observe-nodes.ts';
import { findProxyPods } from '../cluster/kube-proxy/pods.ts';
import { type LinuxNode, listLinuxNodes } from '../cluster/nodes.ts';
import { nodeLimitMs } from '../model/handover-limit.ts';
import type { LeftBehind, ProxyProof } from '../model/node-proof.ts';
import { groupProofs } from '../model/proof-groups.ts';
import type { Wave, WaveResult } from '../model/steps.ts';
import { clearStandbys } from './clear-standbys.ts';
import { createHandover } from './create-handover.ts';
import { NodeFailed, type Unfinished } from './handover.ts';
import { type NodeDeadline, ProgressDeadline } from './progress-deadline.ts';
import { untilReady } from './ready-nodes.ts';
import { Standbys } from './standbys.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * Hands each of these nodes over at once, where it does not show the wanted mode, and waits until each has proven mode and
 * first sync, has failed, or was not Ready for too long. One node does not keep the others from getting there. What is
 * seen decides, so a second call does only what is left.
 *
 * @throws Failure where the API server does not do what is needed
 */
export async function restartWave(context: ClusterContext, wave: Wave): Promise<WaveResult> {
  const { cluster, signal, heartbeat } = context;
  const [pods, metricsPort, nodes] = await Promise.all([
    findProxyPods(cluster),
    metricsPortOf(cluster),
    listLinuxNodes(cluster),
  ]);
  const there = new Map(nodes.map((node) => [node.name, node]));
  const stop = new AbortController();
  const end = AbortSignal.any([signal, stop.signal]);
  const watch = await DaemonPodWatch.open(cluster, { ...pods, signal: end });
  const standbys = wave.handover === 'make-before-break' ? await Standbys.open(cluster, end) : undefined;
  const run = new WaveRun(wave, (done) => heartbeat({ done, of: wave.nodes.length }));

  const handOver = async (node: string): Promise<void> => {
    const deadline = run.deadlineOf(end);
    const report = (state: Unfinished) => run.unfinished.set(node, state);
    const place = { cluster, watch, node, wave, metricsPort, log: logsOf(nodes.length), report };
    try {
      const handover = createHandover(place, standbys);
      run.proven(await handover.run(deadline.signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NodeFailed) run.late.set(node, error.message);
      else if (deadline.overrun) run.late.set(node, run.unfinished.get(node)?.why ?? 'not looked at yet');
      else throw error;
    } finally {
      deadline.clear();
    }
  };

  try {
    const present = wave.nodes.flatMap((name) => there.get(name) ?? []);
    const unready = present.filter(({ ready }) => !ready);
    const ready = present.filter((node) => node.ready).map(({ name }) => name);
    const came = untilReady(cluster, unready, { timeoutMs: wave.notReadyTimeoutMs, signal: end });
    await Promise.all([
      ...ready.map(handOver),
      ...[...came].map(async ([node, becomesReady]) => {
        if (await becomesReady) await handOver(node);
        else run.notReady.set(node, `not Ready for ${wave.notReadyTimeoutMs / 1000} s`);
      }),
    ]);
    const result = await resultOf(cluster, run, wave);
    return standbys ? { ...result, failed: await withoutStandbys(context, wave, result.failed) } : result;
  } finally {
    stop.abort();
  }
}

/** Nodes that are left as they were are left without a stand-by; where that is not possible, it is said. */
async function withoutStandbys(context: ClusterContext, wave: Wave, failed: LeftBehind[]): Promise<LeftBehind[]> {
  if (failed.length === 0) return failed;
  const { cluster, nodeTimeoutMs: timeoutMs } = wave;
  const { kept } = await clearStandbys(context, { cluster, nodes: failed.map(({ node }) => node), timeoutMs });
  const stays = new Map(kept.map(({ node, why }) => [node, why]));
  return failed.map((left) => (stays.has(left.node) ? { ...left, why: `${left.why}; ${stays.get(left.node)}` } : left));
}

/** What is known of a wave while it goes on. */
class WaveRun {
  readonly unfinished = new Map<string, Unfinished>();
  /** Nodes that did not get there, and why. */
  readonly late = new Map<string, string>();
  readonly notReady = new Map<string, string>();
  readonly proofs: ProxyProof[] = [];
  readonly #onProgress: (done: number) => void;
  readonly #deadline: ProgressDeadline;

  constructor(wave: Wave, onProgress: (done: number) => void) {
    this.#onProgress = onProgress;
    // A rolling restart takes the nodes one after the other: as long as one gets there now and then, it goes on.
    this.#deadline = new ProgressDeadline(nodeLimitMs(wave), { shared: wave.handover === 'rolling' });
  }

  /** Begins the time limit of a node. */
  deadlineOf(signal: AbortSignal): NodeDeadline {
    return this.#deadline.start(signal);
  }

  proven(proof: ProxyProof): void {
    this.proofs.push(proof);
    this.unfinished.delete(proof.node);
    this.#deadline.progress();
    this.#onProgress(this.proofs.length);
  }
}

/** A node that failed may have been deleted meanwhile, or its kubelet may be gone: that is no fault of its kube-proxy. */
async function resultOf(cluster: Cluster, run: WaveRun, { nodes }: Wave): Promise<WaveResult> {
  const settled = new Set([...run.proofs.map(({ node }) => node), ...run.notReady.keys()]);
  const now: LinuxNode[] = settled.size < nodes.length ? await listLinuxNodes(cluster) : [];
  const nodeNow = new Map(now.map((node) => [node.name, node]));
  const failed: LeftBehind[] = [];
  const notReady: LeftBehind[] = [...run.notReady].map(([node, why]) => ({ node, why, lastLines: [] }));
  for (const [node, why] of run.late) {
    if (!nodeNow.has(node)) continue;
    if (nodeNow.get(node)?.ready === false) notReady.push({ node, why: `not Ready any more; ${why}`, lastLines: [] });
    else {
      const pod = run.unfinished.get(node)?.pod;
      failed.push({ node, why, lastLines: pod ? await lastWords(cluster, pod) : [] });
    }
  }
  const gone = nodes.filter((node) => !settled.has(node) && !nodeNow.has(node));
  return { proofs: groupProofs(run.proofs), failed, notReady, gone };
}
