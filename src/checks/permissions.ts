import { detectCalico } from '../cluster/calico/detect.ts';
import type { Cluster } from '../cluster/connect.ts';
import { describePermission, requiredPermissions, reviewPermissions } from '../cluster/permissions.ts';
import { Failure } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import { finding } from './check.ts';

/** Title of the section of docs/checks.md. */
export const PERMISSIONS_TITLE = 'The worker may do all that a run needs';

/**
 * PXS001: what a run needs and the worker's ServiceAccount may not do, verb by verb. Asked before anything else is
 * read, so that a missing permission is named and is not an error in the middle.
 */
export async function missingPermissions(cluster: Cluster): Promise<Finding[]> {
  const missing = await reviewPermissions(cluster, requiredPermissions('none'));
  if (missing.length === 0)
    missing.push(...(await reviewPermissions(cluster, requiredPermissions(await installOf(cluster)))));
  if (missing.length === 0) return [];
  const message = `Not permitted: ${missing.map(describePermission).join('; ')}`;
  return [finding('PXS001', 'blocker', message, { fix: 'kubectl apply -f deploy/rbac.yaml' })];
}

async function installOf(cluster: Cluster): Promise<'none' | 'operator' | 'manifest'> {
  try {
    return (await detectCalico(cluster))?.install ?? 'none';
  } catch (error) {
    // What is wrong with Calico's install is for the other checks to say. Where its objects may not be read, the
    // review of an operator install names what is missing.
    if (error instanceof Failure && error.kind === 'Forbidden') return 'operator';
    if (error instanceof Failure && error.kind !== 'Unreachable') return 'none';
    throw error;
  }
}
