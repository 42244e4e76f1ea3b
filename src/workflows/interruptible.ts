import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Run } from './run.ts';

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
  const watch = CancellationScope.nonCancellable(() => condition(() => ended || run.isAskedToStop)).then(() => {
    if (!ended) scope.cancel();
  });
  try {
    return await scope.run(action);
  } catch (error) {
    if (isCancellation(error) && run.isAskedToStop) await run.checkpoint();
    throw error;
  } finally {
    ended = true;
    await watch;
  }
}
