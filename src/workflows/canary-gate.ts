import { condition } from '@temporalio/workflow';
import type { Plan } from '../model/plan.ts';
import { readable } from '../model/readable.ts';
import { awaitApprovals } from './await-approvals.ts';
import { unhealthy } from './failures.ts';
import { canaryDone, canaryOffered } from './happenings.ts';
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
export async function canaryGate(run: Run, plan: Plan, node: string, isHealthy: () => Promise<void>): Promise<void> {
  const { desk, journal } = run;
  const { planHash } = journal;
  const done = canaryDone(run.cluster, node, `kube-proxy in ${plan.kubeProxy.to}`);
  if (planHash === undefined || !plan.approval.gates.includes('canary')) return run.tell(done);
  // Nobody is asked about a canary that has done harm.
  await isHealthy();
  run.tell(done);
  desk.offerCanary(plan, planHash);
  run.tell(canaryOffered(run.cluster, plan, node));
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
