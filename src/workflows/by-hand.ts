import { condition } from '@temporalio/workflow';
import type { HandStep } from '../model/progress.ts';
import type { Confirmation } from './hand-steps.ts';
import { handStepAsked } from './happenings.ts';
import type { Run } from './run.ts';

/**
 * Waits until a person says that a step was done, or is to be left out; `abort` and `rollback` end the wait.
 * @throws AbortRequested, RollbackRequested
 */
export async function byHand(run: Run, step: HandStep): Promise<Confirmation> {
  const { handSteps } = run.desk;
  handSteps.ask(step);
  run.journal.waitFor(`a person: ${step.what}; then proxyshift confirm ${run.cluster} ${step.key}`);
  run.tell(handStepAsked(run.cluster, step));
  try {
    await condition(() => handSteps.said(step.key) !== undefined || run.isAskedToStop);
    await run.checkpoint();
  } finally {
    handSteps.drop();
  }
  const confirmation = handSteps.said(step.key);
  if (confirmation === undefined) throw new Error(`step "${step.key}" was waited for and not confirmed`);
  if (confirmation.skipped) {
    const why = confirmation.comment ? `: ${confirmation.comment}` : '';
    run.journal.remarks.push(`Left out by ${confirmation.by}: ${step.what}${why}`);
  }
  return confirmation;
}
