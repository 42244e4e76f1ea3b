import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import type { StoredReport } from '../model/stored-report.ts';
import { ended } from './happenings.ts';
import type { Run } from './run.ts';

/** Ends a run: whoever is still waiting for an answer gets it, people are told, then there is the report. */
export async function conclude(run: Run, outcome: Outcome): Promise<StoredReport> {
  const { journal, desk } = run;
  desk.stage = 'ended';
  journal.end(outcome);
  run.tell(
    ended(run.cluster, {
      outcome,
      by: (desk.rollback ?? desk.abort ?? desk.rejection)?.by,
      failure: journal.failure?.message,
      findings: journal.findings,
      leftBehind: journal.leftBehind.map(({ node }) => node),
    }),
  );
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  await run.notifications.settle();
  return journal.report(desk);
}
