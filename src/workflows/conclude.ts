import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import type { Report } from '../model/report.ts';
import type { Run } from './run.ts';

/** Ends a run: whoever is still waiting for an answer gets it, then there is the report. */
export async function conclude(run: Run, outcome: Outcome): Promise<Report> {
  run.desk.stage = 'ended';
  run.journal.end(outcome);
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  return run.journal.report(run.desk);
}
