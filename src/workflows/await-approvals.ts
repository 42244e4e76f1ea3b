import { condition } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import type { Run } from './run.ts';

export interface AwaitApprovalsOptions {
  /** As a person reads it: `approval of plan 0123456789ab`. */
  what: string;
  /** Whether nobody has to approve any more. */
  isOver: () => boolean;
}

/**
 * Waits for as many people as the plan asks for, and as long as it says. Wakes up for each approval that comes, and for
 * each one that expires while others are awaited.
 *
 * @returns `given`, `over` where `isOver` came true, `late` where the time is over
 */
export async function awaitApprovals(
  { desk, journal }: Run,
  plan: Plan,
  { what, isOver }: AwaitApprovalsOptions,
): Promise<'given' | 'over' | 'late'> {
  const { approvals } = desk;
  const summary = `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
  let left = plan.approval.timeoutMs;
  for (const deadline = Date.now() + left; left > 0; left = deadline - Date.now()) {
    const tally = approvals.tally;
    journal.waitFor(`${what}${tally ? `, ${tally}` : ''}`);
    const { revision, nextExpiry = Number.POSITIVE_INFINITY } = approvals;
    const timeoutMs = Math.max(1, Math.min(left, nextExpiry - Date.now()));
    await condition(() => approvals.revision !== revision || isOver(), timeoutMs, { summary });
    if (isOver()) return 'over';
    if (approvals.areComplete()) return 'given';
  }
  return 'late';
}

/** Enough of a hash for a person to compare. */
export function short(hash: string): string {
  return hash.slice(0, 12);
}
