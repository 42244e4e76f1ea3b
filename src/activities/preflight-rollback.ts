import { preflightRollback as examine } from '../checks/rollback/preflight.ts';
import type { PreflightResult } from '../model/plan.ts';
import type { RollbackRequest } from '../model/request.ts';
import { subscribersOf } from './notify.ts';
import type { StepContext } from './step-context.ts';

/**
 * Looks at what differs from a snapshot, and makes the plan of going back to it. Writes nothing.
 * @throws Failure `Unreachable` and `Disconnected`: nothing is known, and it is to be tried again; `Invalid` where there is no
 * such snapshot
 */
export async function preflightRollback(
  { cluster, entry }: StepContext,
  request: RollbackRequest,
): Promise<PreflightResult> {
  const result = await examine(cluster, entry, { ...request, rethrow: ['Unreachable', 'Disconnected'] });
  return { ...result, ...subscribersOf(entry) };
}
