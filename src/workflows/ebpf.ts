import { ebpfHandSteps } from '../model/ebpf-hand-steps.ts';
import { type EbpfPlan, switchOf } from '../model/ebpf-plan.ts';
import type { EbpfHandStep } from '../model/ebpf-steps.ts';
import type { Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import { byHandOnTheWayBack, byHandUntilDone } from './by-hand-until-done.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { restartNodes } from './node-restarts.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, step, undoStep } from './step-options.ts';

/** kube-proxy's pods end, or start, after its DaemonSet was patched: so long a confirmed step may take to show (ms). */
const GRACE_MS = 45_000;

/** Restarts by hand, what else a person has to do, then one patch; then the operator, kube-proxy's end, and every Felix. */
export async function switchToEbpf(run: Run, plan: Plan, gatekeeper: Gatekeeper): Promise<void> {
  const { ebpf } = plan;
  if (ebpf === undefined) return;
  if (ebpf.needed) await restartNodes(run, plan);
  run.journal.enter('calico');
  if (ebpf.needed) await switchCalico(run, ebpf, gatekeeper);
  await awaitEbpf(run, ebpf);
}

async function switchCalico(run: Run, ebpf: EbpfPlan, gatekeeper: Gatekeeper): Promise<void> {
  if (ebpf.setup === 'by-hand') {
    await doByHand(run, 'api-server-address');
    await doByHand(run, 'kube-proxy-off');
  }
  // The restarts by hand have shaken the cluster: only the window and the alerts are asked.
  await gatekeeper.beforeWrite();
  const patch = `Switch Calico to eBPF (${ebpf.version}): ${fieldsOf(ebpf)}`;
  await run.journal.step(patch, () =>
    step({ summary: patch }).switchToEbpf({ cluster: run.cluster, ebpf: switchOf(ebpf) }),
  );
}

/** Waits until every node is in eBPF mode. Looks only: also the proof at the end. */
export async function awaitEbpf(
  run: Run,
  ebpf: EbpfPlan,
  what = 'Wait until every Felix runs eBPF mode',
): Promise<void> {
  const felix = await run.journal.step(what, () =>
    step({ summary: what, timeoutMs: ebpf.timeoutMs + LIMIT_MARGIN_MS }).awaitEbpf({
      cluster: run.cluster,
      ebpf: switchOf(ebpf),
    }),
  );
  run.journal.saw([], felix);
  run.journal.reached(felix.flatMap(({ pods }) => Object.keys(pods)));
}

/**
 * Undoes {@link switchToEbpf}: Calico's dataplane first, while the operator may still manage kube-proxy; then kube-proxy is
 * awaited, since nobody else serves Services; then the Installation is made equal to the snapshot.
 */
export async function returnFromEbpf(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const { ebpf } = plan;
  if (!ebpf?.needed) return;
  const { cluster, journal } = run;
  const restore = restoreOf(cluster, plan, snapshot);

  const leave = `Switch Calico back to ${ebpf.dataplane.from}`;
  await journal.step(leave, () => undoStep({ summary: leave }).leaveEbpf(restore));

  if (ebpf.setup === 'by-hand') {
    const { what } = ebpfHandSteps['kube-proxy-on'];
    const nodes = plan.nodes.flatMap(({ names }) => names);
    // Where no person has switched it off yet, nothing is asked.
    await byHandOnTheWayBack(run, { key: 'kube-proxy-on', what, nodes }, (asked) =>
      whyNotDone(run, 'kube-proxy-on', undoStep, asked ? GRACE_MS : 0),
    );
  }

  const wait = 'Wait until kube-proxy is back and no Felix runs eBPF mode';
  const felix = await journal.step(wait, () =>
    undoStep({ summary: wait, timeoutMs: ebpf.timeoutMs + LIMIT_MARGIN_MS }).awaitOutOfEbpf(restore),
  );
  journal.saw([], felix);

  const equal = 'Make the Installation equal to the snapshot';
  await journal.step(equal, () =>
    undoStep({ summary: equal, timeoutMs: ebpf.timeoutMs + LIMIT_MARGIN_MS }).restoreInstallation(restore),
  );
}

async function doByHand(run: Run, key: EbpfHandStep): Promise<void> {
  const { what, risk } = ebpfHandSteps[key];
  // A person may have done it long before.
  if ((await whyNotDone(run, key, step)) === undefined) return;
  const done = await byHandUntilDone(run, { key, what, nodes: [] }, async () => {
    const why = await whyNotDone(run, key, step, GRACE_MS);
    return why === undefined ? undefined : { why, nodes: [] };
  });
  if (!done) run.journal.remarks.push(`Risk: ${key} was left out: ${risk}.`);
}

async function whyNotDone(
  run: Run,
  key: EbpfHandStep,
  by: typeof step | typeof undoStep,
  graceMs = 0,
): Promise<string | undefined> {
  const look = `Look whether ${key} is done`;
  const why = await run.journal.step(look, () =>
    by({ summary: look }).whyNotDone({ cluster: run.cluster, step: key, graceMs }),
  );
  return why ?? undefined;
}

function fieldsOf({ patch }: EbpfPlan): string {
  return Object.entries(patch)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ');
}
