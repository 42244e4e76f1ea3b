import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Run } from './run.ts';

/** Whether a person has said that the run stops: `abort` or `rollback`. */
export function stopAsked({ desk }: Run): boolean {
  return desk.abort !== undefined || desk.rollback !== undefined;
}

/**
 * Does something that only looks or waits, and drops it as soon as a person says `abort` or `rollback`: nothing is left half done,
 * so nobody has to wait for its end.
 *
 * @throws AbortRequested, RollbackRequested
 */
export async function interruptible<T>(run: Run, action: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  let ended = false;
  // As in Run.forward: a watch that the cancellation of the run reached would reject while nobody waits for it.
  const watch = CancellationScope.nonCancellable(() => condition(() => ended || stopAsked(run))).then(() => {
    if (!ended) scope.cancel();
  });
  try {
    return await scope.run(action);
  } catch (error) {
    if (isCancellation(error) && stopAsked(run)) await run.checkpoint();
    throw error;
  } finally {
    ended = true;
    await watch;
  }
}
