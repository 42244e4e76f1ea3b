import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import { untilItHolds } from './compensations.ts';
import { wayBackOf } from './restore.ts';
import type { Run } from './run.ts';
import { step, undoStep } from './step-options.ts';
import { watchStuck } from './stuck.ts';

/** Before the first write: nobody else works on the cluster, and everything that will change is saved in it. */
export async function lockAndSave(run: Run, plan: Plan): Promise<SnapshotRef> {
  const { journal, requester } = run;
  const holder = holderOf(run);
  journal.enter('snapshot');
  const lock = 'Take the lock';
  const { takenOverFrom } = await journal.step(lock, () =>
    step({ summary: lock }).acquireLock({ ...holder, requester, takeOver: plan.takeOverLock }),
  );
  if (takenOverFrom !== undefined) {
    journal.remarks.push(`The lock was taken over from ${takenOverFrom}, which ${requester} said is gone for good.`);
  }
  const save = 'Save every object that will change';
  const kind = plan.rollback ? 'rollback' : 'migration';
  const snapshot = await journal.step(save, () =>
    step({ summary: save }).saveSnapshot({ ...holder, requester, kind, wayBack: wayBackOf(plan) }),
  );
  journal.snapshot = snapshot;
  return snapshot;
}

/** Gives the lock back, however the run ends. */
export async function giveLockBack(run: Run): Promise<void> {
  const release = 'Release the lock';
  await CancellationScope.nonCancellable(() =>
    untilItHolds(release, () => undoStep({ summary: release }).releaseLock(holderOf(run)), watchStuck(run)),
  );
}

function holderOf({ cluster }: Run): { cluster: string; workflowId: string; runId: string } {
  const { workflowId, runId } = workflowInfo();
  return { cluster, workflowId, runId };
}
