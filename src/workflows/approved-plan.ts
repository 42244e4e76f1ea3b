import { condition, isCancellation } from '@temporalio/workflow';
import type { Outcome } from '../model/outcome.ts';
import type { Plan, PreflightResult } from '../model/plan.ts';
import type { MigrationRequest } from '../model/request.ts';
import type { Run } from './run.ts';
import { look } from './step-options.ts';

/** A preflight reads every node; on a large cluster that takes a while (ms). */
const PREFLIGHT_TIMEOUT_MS = 15 * 60_000;

type Approved = { plan: Plan } | { end: Outcome };

/**
 * Preflight and approval. The cluster is looked at once more after the approval, before anything is written: where the
 * plan would be another one now, that one is offered, and the old approval does not count.
 */
export async function approvedPlan(run: Run, request: MigrationRequest): Promise<Approved> {
  const { journal } = run;
  let found = await preflight(run, request, 'Check the cluster and make the plan');
  for (;;) {
    if (found.verdict !== 'ready') return { end: found.verdict };
    const { plan, hash } = found;
    const end = await approval(run, plan, hash);
    if (end !== undefined) return { end };
    run.desk.stage = 'preparing';
    found = await preflight(run, request, 'Check that the cluster still is what the plan saw');
    if (found.verdict === 'ready' && found.hash === hash) return { plan };
    if (found.verdict === 'ready')
      journal.remarks.push(`The cluster changed after plan ${short(hash)} was made: a new plan was offered.`);
  }
}

async function preflight(run: Run, request: MigrationRequest, what: string): Promise<PreflightResult> {
  run.journal.enter('preflight');
  const found = await run.journal.step(what, () =>
    look({ summary: what, timeoutMs: PREFLIGHT_TIMEOUT_MS }).preflight(request),
  );
  run.journal.findings = found.findings;
  if (found.verdict !== 'blocked') run.journal.plan = found.plan;
  run.journal.planHash = found.verdict === 'ready' ? found.hash : undefined;
  return found;
}

/** Waits for a person. Returns how the run ends where there is no approval. */
async function approval({ desk, journal }: Run, plan: Plan, hash: string): Promise<Outcome | undefined> {
  desk.offer(plan, hash);
  journal.enter('approval');
  journal.waitFor(`approval of plan ${short(hash)}`);
  try {
    const answered = await condition(
      () => desk.approval !== undefined || desk.rejection !== undefined,
      plan.approval.timeoutMs,
      { summary: `Approval of plan ${short(hash)}` },
    );
    if (!answered) return 'expired';
  } catch (error) {
    if (!isCancellation(error)) throw error;
    journal.remarks.push('Cancelled in Temporal while it waited for an approval.');
    return 'rejected';
  } finally {
    desk.stage = 'preparing';
  }
  return desk.rejection ? 'rejected' : undefined;
}

/** Enough of a hash for a person to compare. */
export function short(hash: string): string {
  return hash.slice(0, 12);
}
