import { ApplicationFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import type { Plan, RollbackPlan } from '../model/plan.ts';
import { type RollbackRequest, rollbackRequestSchema } from '../model/request.ts';
import { parseInput } from '../model/schema-issues.ts';
import type { StoredReport } from '../model/stored-report.ts';
import { approvedPlan } from './approved-plan.ts';
import { returnCalico } from './calico.ts';
import { Compensations } from './compensations.ts';
import { conclude } from './conclude.ts';
import { toFailureRecord } from './failures.ts';
import { giveLockBack, lockAndSave } from './lock-and-save.ts';
import { proveRestored, returnCanary, returnKubeProxy } from './return-kube-proxy.ts';
import { Run } from './run.ts';
import { look } from './step-options.ts';
import { watchStuck } from './stuck.ts';

/**
 * Takes one cluster back to what a run saved before it began, days after that run has ended. It has a plan and an
 * approval of its own, and undoes in the order in which a run that fails does.
 *
 * Ends with a report, whatever the outcome; it only fails on an input that is not a request, or on a failure before
 * anything was written that is not a finding (no such snapshot, no permission to look).
 */
export async function rollBackCluster(input: RollbackRequest): Promise<StoredReport> {
  const parsed = parseInput(rollbackRequestSchema, input, { whole: 'the input' });
  if (!parsed.success) throw ApplicationFailure.nonRetryable(`not a rollback request: ${parsed.issues}`, 'Refused');
  const request = parsed.data;
  const run = new Run({ ...request, target: 'original', goesBack: true });

  const approved = await approvedPlan(run, (options) => look(options).preflightRollback(request));
  const outcome = 'end' in approved ? approved.end : await goBack(run, approved.plan);
  return await conclude(run, outcome);
}

async function goBack(run: Run, plan: Plan): Promise<Outcome> {
  const { journal, desk } = run;
  const { rollback } = plan;
  if (rollback === undefined) throw ApplicationFailure.nonRetryable('the plan is not one of a rollback', 'Invalid');
  try {
    await lockAndSave(run, plan);
    desk.stage = 'rolling-back';
    journal.enter('rollback');
    // Shielded, as every way back: half of it is no state to be left in.
    await CancellationScope.nonCancellable(() => wayBack(run, plan, rollback).unwind(watchStuck(run)));
    return 'rolled-back';
  } catch (error) {
    // Nothing that the snapshot holds was written: the lock or the snapshot could not be had.
    if (isCancellation(error)) return 'rejected';
    journal.failure = toFailureRecord(error);
    return 'blocked';
  } finally {
    desk.stage = 'ended';
    await giveLockBack(run);
  }
}

/** Last in, first out: Calico, one node alone, all other nodes, the proof. */
function wayBack(run: Run, plan: Plan, { snapshot }: RollbackPlan): Compensations {
  const undo = new Compensations();
  undo.add('verify that everything is as it was', () => proveRestored(run, plan, snapshot));
  undo.add('return kube-proxy', () => returnKubeProxy(run, plan, snapshot));
  undo.add('return kube-proxy on one node', () => returnCanary(run, plan, snapshot));
  undo.add('return Calico', () => returnCalico(run, plan, snapshot));
  return undo;
}
