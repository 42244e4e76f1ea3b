import { ApplicationFailure, CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import { type MigrationRequest, migrationRequestSchema } from '../model/request.ts';
import { parseInput } from '../model/schema-issues.ts';
import type { StoredReport } from '../model/stored-report.ts';
import { approvedPlan } from './approved-plan.ts';
import { awaitCalico, completeCalico, returnCalico, switchCalico } from './calico.ts';
import { Compensations } from './compensations.ts';
import { conclude } from './conclude.ts';
import { awaitEbpf, returnFromEbpf, switchToEbpf } from './ebpf.ts';
import { toFailureRecord } from './failures.ts';
import { Gatekeeper } from './gatekeeper.ts';
import { turnedBack } from './happenings.ts';
import { switchKubeProxy, verifyEveryNode } from './kube-proxy.ts';
import { giveLockBack, lockAndSave } from './lock-and-save.ts';
import { proveRestored, returnKubeProxy } from './return-kube-proxy.ts';
import { AbortRequested, RollbackRequested, Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, look, undoStep } from './step-options.ts';
import { watchStuck } from './stuck.ts';
import { TrafficWatch } from './traffic.ts';

/** Between two looks at the nodes during the soak (ms). */
const SOAK_LOOK_MS = 30_000;

/**
 * Takes one cluster from kube-proxy ipvs to nftables, and its Calico with it; or to Calico's eBPF mode. Its body is the
 * runbook.
 *
 * Ends with a report, whatever the outcome; it only fails on an input that is not a request, or on a failure before
 * anything was written that is not a finding (no such cluster, no permission to look).
 */
export async function migrateCluster(input: MigrationRequest): Promise<StoredReport> {
  const parsed = parseInput(migrationRequestSchema, input, { whole: 'the input' });
  if (!parsed.success) throw ApplicationFailure.nonRetryable(`not a migration request: ${parsed.issues}`, 'Refused');
  const request = parsed.data;
  const run = new Run(request);

  const approved = await approvedPlan(run, (options) => look(options).preflight(request));
  const outcome = 'end' in approved ? approved.end : await migrate(run, approved.plan);
  return await conclude(run, outcome);
}

/** From the first write on: everything that is done here is undone where it fails. */
async function migrate(run: Run, plan: Plan): Promise<Outcome> {
  const { journal, desk } = run;
  const undo = new Compensations();
  const traffic = new TrafficWatch(run, plan);

  desk.stage = 'running';
  try {
    await run.forward(async () => {
      const snapshot = await lockAndSave(run, plan);
      undo.add('verify that everything is as it was', () => proveRestored(run, plan, snapshot));

      await traffic.begin();
      const gatekeeper = await Gatekeeper.create(run, plan, traffic);
      undo.add('return kube-proxy', () => returnKubeProxy(run, plan, snapshot));
      // Above kube-proxy in either order: on the way back Calico goes first, so no Felix in nftables meets an ipvs.
      const calico = async () => {
        undo.add('return Calico', () => returnCalico(run, plan, snapshot));
        await switchCalico(run, plan, { snapshot, gatekeeper });
      };
      if (plan.calico?.order === 'before-kube-proxy') await calico();
      await switchKubeProxy(run, plan, gatekeeper);
      if (plan.calico?.order === 'after-kube-proxy') await calico();
      await completeCalico(run, plan);
      if (plan.target === 'ebpf') {
        undo.add('return Calico from eBPF', () => returnFromEbpf(run, plan, snapshot));
        await switchToEbpf(run, plan, gatekeeper);
      }

      journal.enter('verify');
      await proveTarget(run, plan, { evidence: false });
      await soak(run, plan, traffic);
    });
    tellLeftBehind(run, plan);
    return 'migrated';
  } catch (error) {
    const asked = error instanceof AbortRequested || error instanceof RollbackRequested || isCancellation(error);
    if (!asked) journal.failure = toFailureRecord(error);
    // Who asked to leave it as it is means that also where the wave that was still to end has failed.
    if (desk.abort && !desk.rollback) return await leaveAsItIs(run, desk.abort.by);
    // Nothing to undo yet: a person's wish to go back is fulfilled as it is, anything else was in the way of a start.
    if (undo.size === 0) return asked ? 'rolled-back' : 'blocked';
    return await rollBack(run, undo, error);
  } finally {
    desk.stage = 'ended';
    await traffic.end();
    await giveLockBack(run);
  }
}

/**
 * Looks at every node again and again for the agreed time: each half minute, but at most ten times, since each look is
 * in the history.
 */
async function soak(run: Run, plan: Plan, traffic: TrafficWatch): Promise<void> {
  run.journal.enter('soak');
  const asked = () => run.isAskedToStop;
  const looks = Math.min(10, Math.max(1, Math.floor(plan.soakMs / SOAK_LOOK_MS)));
  for (let look = 1; look <= looks; look += 1) {
    const watch = `Let it soak for ${Math.round(plan.soakMs / looks / 100) / 10} s (${look} of ${looks})`;
    await run.journal.step(watch, () => condition(asked, plan.soakMs / looks, { summary: watch }));
    await run.checkpoint();
    await proveTarget(run, plan, { when: `after ${look} of ${looks}`, evidence: look === looks });
    await traffic.holds();
  }
  if (plan.calico) await awaitCalico(run, plan.calico, 'Verify every Felix, after the soak');
  await run.checkpoint();
}

/** Every node is where the plan takes it: kube-proxy in its mode, or eBPF in its place. */
async function proveTarget(
  run: Run,
  plan: Plan,
  { when, evidence }: { when?: string; evidence: boolean },
): Promise<void> {
  const { ebpf } = plan;
  const said = (what: string) => (when === undefined ? what : `${what}, ${when}`);
  if (ebpf) await awaitEbpf(run, ebpf, said('Verify eBPF mode on every node'));
  else await verifyEveryNode(run, plan, { what: said('Verify kube-proxy on every node'), evidence });
}

/** Nodes that the plan lets a run go on without are no success: whoever reads the outcome has to read of them. */
function tellLeftBehind({ journal }: Run, { kubeProxy }: Plan): void {
  for (const { node, why } of journal.leftBehind) {
    journal.remarks.push(`Left behind, not proven to be in ${kubeProxy.to}: ${node} (${why}).`);
  }
}

/** Unwinds what was done, shielded from cancellation, until it holds. */
async function rollBack(run: Run, undo: Compensations, cause: unknown): Promise<Outcome> {
  const { journal, desk } = run;
  desk.stage = 'rolling-back';
  desk.paused = false;
  desk.heldFor = undefined;
  journal.wave = undefined;
  journal.forgetLeftBehind();
  if (cause instanceof RollbackRequested) journal.remarks.push(`Rolled back: ${cause.message}.`);
  else if (isCancellation(cause)) journal.remarks.push('Rolled back: the run was cancelled in Temporal.');
  journal.enter('rollback');
  if (journal.failure) run.tell(turnedBack(run.cluster, journal.failure));
  await CancellationScope.nonCancellable(() => undo.unwind(watchStuck(run)));
  return 'rolled-back';
}

/** Ends where the run is, and lists the mode of every node. Not being able to look does not keep it from ending. */
async function leaveAsItIs(run: Run, by: string): Promise<Outcome> {
  const { journal, cluster } = run;
  const what = 'Look at every node';
  try {
    const observe = () => undoStep({ summary: what, timeoutMs: EVERY_NODE_TIMEOUT_MS }).observeNodes({ cluster });
    journal.saw(await CancellationScope.nonCancellable(() => journal.step(what, observe)));
  } catch (error) {
    journal.remarks.push(`The nodes could not be looked at: ${toFailureRecord(error).message}`);
  }
  journal.remarks.push(`Left as it is, as ${by} asked. Start again to finish, or restore the snapshot.`);
  return 'aborted';
}
