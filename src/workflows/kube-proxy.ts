import type { Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import { awaitCalicoOn } from './calico.ts';
import { toFailureRecord } from './failures.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, step, undoStep } from './step-options.ts';

/** A node may take at least this long on the way back (ms). */
const SHORTEST_WAY_BACK_MS = 5 * 60_000;
/** How long after a wave's own limit Temporal gives up on the activity: room to report and to be cancelled (ms). */
const WAVE_MARGIN_MS = 60_000;

/** ConfigMap, canary, waves; then whatever joined or came up in the old mode meanwhile. */
export async function switchKubeProxy(run: Run, plan: Plan): Promise<void> {
  const { kubeProxy } = plan;
  if (!kubeProxy.needed) return;
  run.journal.enter('kube-proxy');

  await run.checkpoint();
  const write = `Write mode ${kubeProxy.to} into ConfigMap kube-system/kube-proxy`;
  await run.journal.step(write, () => step({ summary: write }).writeProxyConfig({ cluster: run.cluster, kubeProxy }));

  for (const [index, nodes] of kubeProxy.waves.entries()) {
    const label = index === 0 && kubeProxy.canary ? 'canary' : `wave ${index + 1} of ${kubeProxy.waves.length}`;
    await restart(run, plan, nodes, label, { current: index + 1, total: kubeProxy.waves.length });
  }

  run.journal.wave = undefined;
  const find = 'Look for nodes that joined meanwhile';
  const left = await run.journal.step(find, () =>
    step({ summary: find, timeoutMs: EVERY_NODE_TIMEOUT_MS }).findNodesToRestart({
      cluster: run.cluster,
      wanted: { default: kubeProxy.to, nodes: {} },
    }),
  );
  for (const nodes of inWaves(left, plan)) await restart(run, plan, nodes, 'joined meanwhile');
}

async function restart(
  run: Run,
  plan: Plan,
  nodes: string[],
  label: string,
  wave?: { current: number; total: number },
): Promise<void> {
  const { to, nodeTimeoutMs } = plan.kubeProxy;
  await run.checkpoint();
  run.journal.wave = wave;
  const what = `Restart kube-proxy on ${named(nodes)} (${label})`;
  const proofs = await run.journal.step(what, () =>
    step({ summary: what, timeoutMs: nodeTimeoutMs + WAVE_MARGIN_MS }).restartWave({
      cluster: run.cluster,
      nodes,
      mode: to,
      nodeTimeoutMs,
    }),
  );
  run.journal.saw(proofs);
  run.journal.reached(nodes);
  await awaitCalicoOn(run, plan, nodes);
}

/** Proves mode and first sync on every Linux node there is now. */
export async function verifyEveryNode(run: Run, plan: Plan, what = 'Verify kube-proxy on every node'): Promise<void> {
  const { to, nodeTimeoutMs } = plan.kubeProxy;
  const proofs = await run.journal.step(what, () =>
    step({ summary: what, timeoutMs: everyNodeTimeout(plan) }).verifyNodes({
      cluster: run.cluster,
      mode: to,
      timeoutMs: nodeTimeoutMs,
    }),
  );
  run.journal.saw(proofs);
  run.journal.reached(proofs.map((proof) => proof.node));
}

/**
 * Undoes {@link switchKubeProxy}: the mode that the nodes came from goes back into the ConfigMap, nodes that do not
 * show it any more are restarted (what each node shows decides, not a list of what was done), and at last the ConfigMap
 * is made equal to the snapshot. A node that does not come back does not keep the others from it.
 */
export async function returnKubeProxy(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const restore = restoreOf(run.cluster, plan, snapshot);
  const { from, needed } = plan.kubeProxy;
  // A limit that was too short on the way there must not keep a node from coming back.
  const nodeTimeoutMs = Math.max(plan.kubeProxy.nodeTimeoutMs, SHORTEST_WAY_BACK_MS);
  if (!needed) return;

  const write = `Write mode ${from} back into ConfigMap kube-system/kube-proxy`;
  await run.journal.step(write, () => undoStep({ summary: write }).writeOriginalMode(restore));

  const find = `Look for nodes that are not in their original mode`;
  const nodes = await run.journal.step(find, () =>
    undoStep({ summary: find, timeoutMs: EVERY_NODE_TIMEOUT_MS }).findNodesToRestart({
      cluster: run.cluster,
      wanted: { default: from, nodes: restore.otherModes },
    }),
  );
  const failures: unknown[] = [];
  for (const wave of inWaves(nodes, plan)) {
    const what = `Restart kube-proxy on ${named(wave)} (back to ${from})`;
    try {
      const proofs = await run.journal.step(what, () =>
        undoStep({ summary: what, timeoutMs: nodeTimeoutMs + WAVE_MARGIN_MS }).restartWave({
          cluster: run.cluster,
          nodes: wave,
          mode: from,
          nodeTimeoutMs,
        }),
      );
      run.journal.saw(proofs);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];

  const equal = 'Make ConfigMap kube-system/kube-proxy equal to the snapshot';
  await run.journal.step(equal, () => undoStep({ summary: equal }).restoreProxyConfig(restore));
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
  run.journal.saw(seen.nodes, seen.felix);
  run.journal.reached(seen.nodes.map((proof) => proof.node));
}

/** Long enough to look at every node, and for the slowest of them to come up. */
function everyNodeTimeout({ kubeProxy }: Plan): number {
  return EVERY_NODE_TIMEOUT_MS + kubeProxy.nodeTimeoutMs;
}

/** As many at once as the plan's largest wave. */
function inWaves(nodes: readonly string[], plan: Plan): string[][] {
  const size = Math.max(1, ...plan.kubeProxy.waves.map((wave) => wave.length));
  return Array.from({ length: Math.ceil(nodes.length / size) }, (_, at) => nodes.slice(at * size, (at + 1) * size));
}

function named(nodes: readonly string[]): string {
  const [first, second, third] = nodes;
  if (nodes.length <= 3) return [first, second, third].filter(Boolean).join(', ');
  return `${first}, ${second} and ${nodes.length - 2} more`;
}
