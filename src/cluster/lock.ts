import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { LockHolder } from '../model/steps.ts';
import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';
import { createObject, deleteObject, describeRef, type ObjectRef, type PlainObject, readObject } from './objects.ts';

/** Held by the run that may change this cluster; keeps off runs of another Temporal, which the workflow id does not. */
export const lockLease: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespace: 'kube-system',
  name: 'proxyshift',
};

const leaseSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string() }),
  spec: z.looseObject({ holderIdentity: z.string().optional(), acquireTime: z.string().optional() }).prefault({}),
});

/** @throws Failure `Refused`, naming the holder, where another run has it */
export async function acquireLock(cluster: Cluster, holder: Omit<LockHolder, 'cluster'>, now: Date): Promise<void> {
  const identity = identityOf(holder);
  const found = await readObject(cluster, lockLease);
  if (found !== undefined) {
    checkHolder(found, identity);
    return;
  }
  try {
    // MicroTime, as client-go's leader election writes it.
    const acquireTime = now.toISOString().replace('Z', '000Z');
    await createObject(cluster, lockLease, { spec: { holderIdentity: identity, acquireTime } });
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    const winner = await readObject(cluster, lockLease);
    if (winner === undefined) throw error;
    checkHolder(winner, identity);
  }
}

/** No-op where this run does not hold it. */
export async function releaseLock(cluster: Cluster, holder: Omit<LockHolder, 'cluster'>): Promise<void> {
  const found = await readObject(cluster, lockLease);
  if (found === undefined) return;
  const { metadata, spec } = leaseSchema.parse(found);
  if (spec.holderIdentity === identityOf(holder)) await deleteObject(cluster, lockLease, { uid: metadata.uid });
}

/** Who holds the lock, as `workflow id/run id`, and since when. */
export function lockHolder(lease: PlainObject): { holder: string; since: string } {
  const { holderIdentity, acquireTime } = leaseSchema.parse(lease).spec;
  return { holder: holderIdentity ?? '?', since: acquireTime ?? '?' };
}

function checkHolder(lease: PlainObject, identity: string): void {
  const { holder, since } = lockHolder(lease);
  if (holder === identity) return;
  throw new Failure('Refused', `Another run holds the lock of this cluster: ${holder} since ${since}`, {
    object: describeRef(lockLease),
    hint: 'Wait for it. Only if that run is gone for good: kubectl -n kube-system delete lease proxyshift',
  });
}

function identityOf({ workflowId, runId }: Omit<LockHolder, 'cluster'>): string {
  return `${workflowId}/${runId}`;
}
