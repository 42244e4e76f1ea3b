import { isCancellation } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import { type Plan, type PreflightResult, preflightResultSchema } from '../model/plan.ts';
import { driftOf } from '../model/plan-drift.ts';
import { awaitApprovals, short } from './await-approvals.ts';
import { toFailureRecord } from './failures.ts';
import { notStarted, planOffered } from './happenings.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, type StepOptions } from './step-options.ts';

type Approved = { plan: Plan } | { end: Outcome };

/** Looks at the cluster and makes the plan, in an activity with these options. */
type Examine = (options: StepOptions) => Promise<PreflightResult>;

/**
 * Preflight and approvals. The cluster is looked at once more after the approvals, before anything is written: where the
 * plan would be another one now, that one is offered, and the old approvals do not count. The same plan is offered again
 * where a signed approval has expired by then.
 */
export async function approvedPlan(run: Run, examine: Examine): Promise<Approved> {
  const { journal } = run;
  let found = await preflight(run, examine, 'Check the cluster and make the plan');
  for (;;) {
    if (found.verdict !== 'ready') return { end: found.verdict };
    const { plan, hash } = found;
    const end = await approval(run, plan, hash);
    if (end !== undefined) return { end };
    run.desk.stage = 'preparing';
    found = await preflight(run, examine, 'Check that the cluster still is what the plan saw');
    if (found.verdict !== 'ready') continue;
    if (found.hash !== hash) {
      journal.revisions.push({ from: hash, to: found.hash, moved: driftOf(plan, found.plan) });
      journal.remarks.push(`The cluster changed after plan ${short(hash)} was made: a new plan was offered.`);
    } else if (run.desk.approvals.areComplete()) return { plan };
    else
      journal.remarks.push(
        `An approval of plan ${short(hash)} expired before anything was written: the plan was offered anew.`,
      );
  }
}

/** Where it fails, the run ends without a report; who is told of that is known where this is not the first look. */
async function preflight(run: Run, examine: Examine, what: string): Promise<PreflightResult> {
  run.journal.enter('preflight');
  let result: PreflightResult;
  try {
    result = await run.journal.step(what, () => examine({ summary: what, timeoutMs: EVERY_NODE_TIMEOUT_MS }));
  } catch (error) {
    run.tell(notStarted(run.cluster, toFailureRecord(error).message));
    await run.notifications.settle();
    throw error;
  }
  // Another version of the worker may have made it: what came later into a plan gets its default.
  const found = preflightResultSchema.parse(result);
  run.notifications.subscribe(found.subscribers ?? []);
  run.journal.findings = found.findings;
  if (found.verdict !== 'blocked') run.journal.plan = found.plan;
  run.journal.sources = (found.verdict === 'ready' ? found.sources : undefined) ?? [];
  run.journal.planHash = found.verdict === 'ready' ? found.hash : undefined;
  return found;
}

/** Waits for as many people as the plan asks for. Returns how the run ends where they do not approve. */
async function approval(run: Run, plan: Plan, hash: string): Promise<Outcome | undefined> {
  const { desk, journal } = run;
  desk.offer(plan, hash);
  journal.enter('approval');
  const isAnother = journal.revisions.some(({ to }) => to === hash);
  run.tell(planOffered(run.cluster, plan, hash, isAnother));
  try {
    const isOver = () => desk.rejection !== undefined;
    const given = await awaitApprovals(run, plan, { what: `approval of plan ${short(hash)}`, isOver });
    if (given === 'over') return 'rejected';
    return given === 'late' ? 'expired' : undefined;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    journal.remarks.push('Cancelled in Temporal while it waited for an approval.');
    return 'rejected';
  } finally {
    desk.stage = 'preparing';
  }
}
