import type { LeftBehind } from '../model/node-proof.ts';
import type { Handover, Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import { SHORTEST_WAY_BACK_MS } from '../model/shortest-way-back.ts';
import type { Restore } from '../model/steps.ts';
import { clearStandbys } from './clear-standbys.ts';
import { toFailureRecord, unhealthy } from './failures.ts';
import { HANDOVER_VERBS, type HandOverOptions, handOver, named } from './hand-over.ts';
import { everyNodeTimeout, keep } from './kube-proxy.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, undoStep } from './step-options.ts';
import { inWaves } from './wave-walk.ts';

/**
 * Undoes `switchKubeProxy`: the mode that the nodes came from goes back into the ConfigMap, nodes that do not
 * show it any more are restarted (what each node shows decides, not a list of what was done), and at last the ConfigMap
 * is made equal to the snapshot. A node that does not come back does not keep the others from it.
 */
export async function returnKubeProxy(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const restore = restoreOf(run.cluster, plan, snapshot);
  const { from, needed, strategy, waveSize } = restore.kubeProxy;
  if (!needed) return;

  await writeOriginalMode(run, restore);
  const back = backwards(restore);
  if (strategy === 'rolling') {
    await returnDaemonSet(run, restore);
    const nodes = await nodesToReturn(run, restore);
    const what = `Wait until its DaemonSet has replaced kube-proxy on ${named(nodes)} (back to ${from})`;
    // What it does not replace is restarted below.
    if (nodes.length > 0) await handOver(run, { ...back, nodes, what, handover: 'rolling' });
  }

  const failures: unknown[] = [];
  for (const nodes of inWaves(await nodesToReturn(run, restore), waveSize)) {
    try {
      allCameBack(await handBack(run, back, nodes, `back to ${from}`));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  if (back.handover === 'make-before-break') await clearStandbys(run, back, undoStep);

  const equal = 'Make ConfigMap kube-system/kube-proxy equal to the snapshot';
  await run.journal.step(equal, () => undoStep({ summary: equal }).restoreProxyConfig(restore));
}

/**
 * Hands nodes back as they were handed over. Where a stand-by cannot be had any more (its right was taken away, a policy
 * refuses it), they are restarted: that takes Services away for seconds, and leaving them where they are would be worse.
 * @returns nodes that did not come back
 */
async function handBack(run: Run, back: Backwards, nodes: readonly string[], label: string): Promise<LeftBehind[]> {
  const what = `${HANDOVER_VERBS[back.handover]} ${named(nodes)} (${label})`;
  const { failed } = await handOver(run, { ...back, nodes, what });
  if (back.handover === 'restart' || failed.length === 0) return failed;
  const left = failed.map(({ node }) => node);
  const restart = `${HANDOVER_VERBS.restart} ${named(left)} (${label}, without a stand-by)`;
  return (await handOver(run, { ...back, handover: 'restart', nodes: left, what: restart })).failed;
}

async function nodesToReturn(run: Run, { cluster, kubeProxy, otherModes }: Restore): Promise<string[]> {
  const find = 'Look for nodes that are not in their original mode';
  return await run.journal.step(find, () =>
    undoStep({ summary: find, timeoutMs: EVERY_NODE_TIMEOUT_MS }).findNodesToRestart({
      cluster,
      wanted: { default: kubeProxy.from, nodes: otherModes },
    }),
  );
}

/** Of a rolling restart: the saved DaemonSet goes back, and replaces its pods once more. */
async function returnDaemonSet(run: Run, restore: Restore): Promise<void> {
  const equal = 'Make DaemonSet kube-system/kube-proxy equal to the snapshot';
  await run.journal.step(equal, () => undoStep({ summary: equal }).restoreDaemonSet(restore));
}

/**
 * Before {@link returnKubeProxy} of a cluster that nothing is wrong with: one node alone, so that the others stay as they
 * are where it does not come up.
 */
export async function returnCanary(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const restore = restoreOf(run.cluster, plan, snapshot);
  const { from, needed } = restore.kubeProxy;
  const { canary } = plan.kubeProxy;
  if (!needed || canary === undefined) return;
  await writeOriginalMode(run, restore);
  const back = backwards(restore);
  allCameBack(await handBack(run, back, [canary.node], `canary, back to ${from}`));
}

/** @throws ApplicationFailure `Unhealthy` with the nodes that did not */
function allCameBack(failed: LeftBehind[]): void {
  const [first] = failed;
  if (first) throw unhealthy(`kube-proxy on ${first.node} did not come back: ${first.why}`, { nodes: failed });
}

async function writeOriginalMode(run: Run, restore: Restore): Promise<void> {
  const write = `Write mode ${restore.kubeProxy.from} back into ConfigMap kube-system/kube-proxy`;
  await run.journal.step(write, () => undoStep({ summary: write }).writeOriginalMode(restore));
}

type Backwards = Omit<HandOverOptions, 'nodes' | 'what' | 'handover'> & { handover: Handover };

/** How nodes are handed over on the way back: a limit that was too short on the way there must not keep one from it. */
function backwards({ kubeProxy }: Restore): Backwards {
  const { from: mode, handover, notReadyTimeoutMs, drainTimeoutMs } = kubeProxy;
  const nodeTimeoutMs = Math.max(kubeProxy.nodeTimeoutMs, SHORTEST_WAY_BACK_MS);
  return { mode, handover, nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs, back: true };
}

/**
 * Compares objects and nodes with the snapshot. A node that has fallen back meanwhile (a kubelet's copy of a ConfigMap
 * lags by a minute or so) is restarted once more.
 */
export async function proveRestored(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  try {
    await verifyRestored(run, plan, snapshot);
  } catch (error) {
    if (toFailureRecord(error).kind !== 'Unhealthy') throw error;
    await returnKubeProxy(run, plan, snapshot);
    await verifyRestored(run, plan, snapshot);
  }
}

async function verifyRestored(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const what = 'Verify that objects and nodes are as they were';
  const timeoutMs = everyNodeTimeout(plan) + (plan.calico?.timeoutMs ?? 0);
  const seen = await run.journal.step(what, () =>
    undoStep({ summary: what, timeoutMs }).verifyRestored(restoreOf(run.cluster, plan, snapshot)),
  );
  keep(run, seen);
  run.journal.saw([], seen.felix);
}
