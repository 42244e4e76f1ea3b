import type { Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Restore, Verified } from '../model/steps.ts';
import { toFailureRecord, unhealthy } from './failures.ts';
import { handOver, named } from './hand-over.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, step, undoStep } from './step-options.ts';
import { inWaves, WaveWalk } from './wave-walk.ts';

/** A node may take at least this long on the way back (ms). */
const SHORTEST_WAY_BACK_MS = 5 * 60_000;

/** ConfigMap, canary, waves; then whatever joined or came up in the old mode meanwhile. */
export async function switchKubeProxy(run: Run, plan: Plan): Promise<void> {
  const { kubeProxy } = plan;
  const { cluster, journal } = run;
  if (!kubeProxy.needed) return;
  journal.enter('kube-proxy');

  await run.checkpoint();
  const write = `Write mode ${kubeProxy.to} into ConfigMap kube-system/kube-proxy`;
  const { to, configBefore, configAfter } = kubeProxy;
  await journal.step(write, () =>
    step({ summary: write }).writeProxyConfig({ cluster, to, configBefore, configAfter }),
  );
  if (kubeProxy.strategy === 'rolling') {
    const restart = 'Restart DaemonSet kube-system/kube-proxy';
    const at = new Date().toISOString();
    await journal.step(restart, () => step({ summary: restart }).restartDaemonSet({ cluster, at }));
  }

  const walk = new WaveWalk(run, plan, {
    beforeWave: () => run.checkpoint(),
    afterWave: async () => undefined,
  });
  await walk.walk();

  const find = 'Look for nodes that joined or came back meanwhile';
  const left = await journal.step(find, () =>
    step({ summary: find, timeoutMs: EVERY_NODE_TIMEOUT_MS }).findNodesToRestart({
      cluster,
      wanted: { default: kubeProxy.to, nodes: {} },
    }),
  );
  await walk.catchUp(left);
}

/**
 * Proves mode and first sync on every Linux node there is now, but for those that were left behind.
 * @param evidence ask each process anew, and keep what it says
 */
export async function verifyEveryNode(
  run: Run,
  plan: Plan,
  { what = 'Verify kube-proxy on every node', evidence = true } = {},
): Promise<void> {
  const { to, nodeTimeoutMs } = plan.kubeProxy;
  const { cluster, journal } = run;
  const verified = await journal.step(what, () =>
    step({ summary: what, timeoutMs: everyNodeTimeout(plan) }).verifyNodes({
      cluster,
      mode: to,
      timeoutMs: nodeTimeoutMs,
      except: journal.leftBehind.map(({ node }) => node),
      evidence,
    }),
  );
  keep(run, verified);
}

/** What a look at every node found. */
function keep({ journal }: Run, { proofs, notReady }: Verified): void {
  journal.saw(proofs);
  journal.reached(proofs.flatMap(({ pods }) => Object.keys(pods)));
  journal.leaveBehind(notReady);
}

/**
 * Undoes {@link switchKubeProxy}: the mode that the nodes came from goes back into the ConfigMap, nodes that do not
 * show it any more are restarted (what each node shows decides, not a list of what was done), and at last the ConfigMap
 * is made equal to the snapshot. A node that does not come back does not keep the others from it.
 */
export async function returnKubeProxy(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const restore = restoreOf(run.cluster, plan, snapshot);
  const { from, needed, strategy, notReadyTimeoutMs } = plan.kubeProxy;
  if (!needed) return;
  // A limit that was too short on the way there must not keep a node from coming back.
  const nodeTimeoutMs = Math.max(plan.kubeProxy.nodeTimeoutMs, SHORTEST_WAY_BACK_MS);

  const write = `Write mode ${from} back into ConfigMap kube-system/kube-proxy`;
  await run.journal.step(write, () => undoStep({ summary: write }).writeOriginalMode(restore));
  const back = { mode: from, nodeTimeoutMs, notReadyTimeoutMs, back: true };
  if (strategy === 'rolling') {
    await returnDaemonSet(run, restore);
    const nodes = await nodesToReturn(run, restore);
    const what = `Wait until its DaemonSet has replaced kube-proxy on ${named(nodes)} (back to ${from})`;
    // What it does not replace is restarted below.
    if (nodes.length > 0) await handOver(run, { ...back, nodes, what, handover: 'rolling' });
  }

  const failures: unknown[] = [];
  for (const nodes of inWaves(await nodesToReturn(run, restore), plan)) {
    try {
      const what = `Restart kube-proxy on ${named(nodes)} (back to ${from})`;
      const { failed } = await handOver(run, { ...back, nodes, what });
      const [first] = failed;
      if (first)
        failures.push(unhealthy(`kube-proxy on ${first.node} did not come back: ${first.why}`, { nodes: failed }));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];

  const equal = 'Make ConfigMap kube-system/kube-proxy equal to the snapshot';
  await run.journal.step(equal, () => undoStep({ summary: equal }).restoreProxyConfig(restore));
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

/** Long enough to look at every node, and for the slowest of them to come up. */
function everyNodeTimeout({ kubeProxy }: Plan): number {
  return EVERY_NODE_TIMEOUT_MS + kubeProxy.nodeTimeoutMs;
}
