import type { Plan } from '../model/plan.ts';
import { toFailureRecord } from './failures.ts';
import type { Run } from './run.ts';

/**
 * Does something that may find a component unhealthy, as the plan says: with `onFailure: pause` the run is held, and it is
 * done again when a person resumes.
 *
 * @throws whatever the action throws, but for `Unhealthy` under `pause`; AbortRequested, RollbackRequested
 */
export async function asPlanSays<T>(run: Run, plan: Pick<Plan, 'kubeProxy'>, action: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      const { kind, message } = toFailureRecord(error);
      if (plan.kubeProxy.onFailure !== 'pause' || kind !== 'Unhealthy') throw error;
      await run.hold(message);
    }
  }
}
