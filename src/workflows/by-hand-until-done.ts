import { condition } from '@temporalio/workflow';
import type { HandStep } from '../model/progress.ts';
import { byHand } from './by-hand.ts';
import { handStepAsked } from './happenings.ts';
import type { Run } from './run.ts';

/** What is still to be done of a step by hand. */
export interface Undone {
  why: string;
  /** Of the step, the ones that it is about. */
  nodes: string[];
}

/**
 * Has a person do a step, and believes what the cluster shows: while a step was confirmed and is not done, that is said, and
 * it is asked for again.
 *
 * @returns false where it was left out
 * @throws AbortRequested, RollbackRequested
 */
export async function byHandUntilDone(
  run: Run,
  step: HandStep,
  look: () => Promise<Undone | undefined>,
): Promise<boolean> {
  for (let next = step; ; ) {
    const { skipped, by } = await byHand(run, next);
    if (skipped) return false;
    const undone = await look();
    if (undone === undefined) return true;
    run.journal.remarks.push(`${by} confirmed ${step.key}, and it was not done: ${undone.why}`);
    next = { ...step, what: `${step.what}. It was confirmed, but: ${undone.why}`, nodes: undone.nodes };
  }
}

/**
 * The same on a way back, where nothing ends the wait but the step itself: what is to be undone cannot be left out, so a skip
 * is answered by looking again.
 */
export async function byHandOnTheWayBack(
  run: Run,
  step: HandStep,
  look: (asked: boolean) => Promise<string | undefined>,
): Promise<void> {
  const { handSteps } = run.desk;
  for (let why = await look(false); why !== undefined; why = await look(true)) {
    const what = `${step.what} (${why})`;
    handSteps.ask({ ...step, what });
    run.journal.waitFor(`a person: ${what}; then proxyshift confirm ${run.cluster} ${step.key}`);
    run.tell(handStepAsked(run.cluster, { ...step, what }));
    await condition(() => handSteps.said(step.key) !== undefined);
  }
}
