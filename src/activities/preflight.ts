import { preflight as examine } from '../checks/preflight.ts';
import type { PreflightResult } from '../model/plan.ts';
import type { MigrationRequest } from '../model/request.ts';
import { subscribersOf } from './notify.ts';
import type { StepContext } from './step-context.ts';

/**
 * Reads the cluster, makes every check, and makes the plan where nothing is in the way. Writes nothing.
 * @throws Failure `Unreachable` and `Disconnected`: nothing is known, and it is to be tried again
 */
export async function preflight({ cluster, entry }: StepContext, request: MigrationRequest): Promise<PreflightResult> {
  const { outcome } = await examine(cluster, entry, { ...request, rethrow: ['Unreachable', 'Disconnected'] });
  return { ...outcome, ...subscribersOf(entry) };
}
