import { Failure } from '../model/failure.ts';
import type { SignedApproval, Verification } from '../model/signed-approval.ts';
import type { OnCluster } from '../model/steps.ts';
import { verifySignedApproval } from '../signing/verify-approval.ts';
import type { WorkerContext } from './step-context.ts';

/**
 * Verifies a signed approval by the list that the cluster's entry in clusters.yaml names.
 * @throws Failure `Disconnected` where the worker has no list, or none that it can use
 */
export async function verifyApproval(
  { entry, signal }: WorkerContext,
  { signed }: OnCluster & { signed: SignedApproval },
): Promise<Verification> {
  const { allowedSigners } = entry.approval;
  if (allowedSigners === undefined) {
    throw new Failure(
      'Disconnected',
      `clusters.yaml on the worker names no allowedSigners for ${entry.name} any more`,
      {
        hint: 'Put approval.allowedSigners back, or reject the plan and start again.',
      },
    );
  }
  if (signed.statement.clusterUid !== entry.uid) {
    return { valid: false, reason: `it is of cluster ${signed.statement.clusterUid}, not of ${entry.uid}` };
  }
  return await verifySignedApproval(signed, { allowedSigners, signal });
}
