import { condition } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import { readable } from '../model/readable.ts';
import { awaitApprovals } from './await-approvals.ts';
import { unhealthy } from './failures.ts';
import type { Run } from './run.ts';

/** Watches the canary alone for the agreed time; a person may end it sooner. @throws AbortRequested, RollbackRequested */
export async function soakCanary(run: Run, plan: Plan, node: string): Promise<void> {
  const { canarySoakMs } = plan.kubeProxy;
  if (canarySoakMs === 0) return;
  const watch = `Let the canary ${node} soak for ${readable(canarySoakMs)}`;
  await run.journal.step(watch, () => condition(() => run.isAskedToStop, canarySoakMs, { summary: watch }));
  await run.checkpoint();
}

/**
 * The second human gate, where the plan has one: as many people as for the plan, by the same rules, say that the run goes
 * on. One that nobody gives in its time is a no: what was done is undone.
 *
 * @throws AbortRequested, RollbackRequested, ApplicationFailure `Unhealthy` where nobody approves in time
 */
export async function canaryGate(run: Run, plan: Plan, node: string): Promise<void> {
  const { desk, journal } = run;
  const { planHash } = journal;
  if (planHash === undefined || !plan.approval.gates.includes('canary')) return;
  desk.offerCanary(plan, planHash);
  try {
    const what = `approval to go on after the canary ${node}`;
    const given = await awaitApprovals(run, plan, { what, isOver: () => run.isAskedToStop });
    if (given === 'late') {
      throw unhealthy(`Nobody approved to go on after the canary ${node} within ${readable(plan.approval.timeoutMs)}`);
    }
  } finally {
    desk.atCanary = false;
    journal.show();
  }
  await run.checkpoint();
}
