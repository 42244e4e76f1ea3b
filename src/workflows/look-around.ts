import type { AlertVerdict } from '../model/alerts.ts';
import type { Baseline, HealthReport } from '../model/health.ts';
import type { Plan } from '../model/plan.ts';
import type { HealthComparison } from '../model/steps.ts';
import { interruptible } from './interruptible.ts';
import type { Run } from './run.ts';
import { EVERY_NODE_TIMEOUT_MS, LIMIT_MARGIN_MS, step } from './step-options.ts';

/** Keeps in mind what is not well before the run touches anything. */
export async function readBaseline(
  run: Run,
  plan: Plan,
  what = 'Look at the health of the cluster before it is changed',
): Promise<Baseline> {
  return await interruptible(run, () =>
    run.journal.step(what, () =>
      step({ summary: what, timeoutMs: EVERY_NODE_TIMEOUT_MS }).readBaseline({
        cluster: run.cluster,
        calicoNamespace: plan.calico?.namespace,
      }),
    ),
  );
}

/** Compares with the baseline. What follows from the answer is for the caller to decide. */
export async function compareHealth(
  run: Run,
  plan: Plan,
  comparison: Omit<HealthComparison, 'cluster' | 'calicoNamespace'>,
  what = 'Compare the health of the cluster with what it was',
): Promise<HealthReport> {
  return await interruptible(run, () =>
    run.journal.step(what, () =>
      step({ summary: what, timeoutMs: EVERY_NODE_TIMEOUT_MS + comparison.settleMs }).compareHealth({
        ...comparison,
        cluster: run.cluster,
        calicoNamespace: plan.calico?.namespace,
      }),
    ),
  );
}

/** Waits until none of the plan's alerts fires; undefined where the plan has none, and nothing is asked then. */
export async function awaitAlerts(run: Run, { alerts }: Pick<Plan, 'alerts'>): Promise<AlertVerdict | undefined> {
  if (alerts === undefined) return undefined;
  const what = 'Look whether an alert is firing';
  return await interruptible(run, () =>
    run.journal.step(what, () =>
      step({ summary: what, timeoutMs: alerts.patienceMs + LIMIT_MARGIN_MS }).awaitAlerts({
        cluster: run.cluster,
        alerts,
      }),
    ),
  );
}
