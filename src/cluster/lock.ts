import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { LockHolder, LockTaken } from '../model/steps.ts';
import type { TemporalPlace } from '../model/temporal-place.ts';
import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';
import {
  createObject,
  deleteObject,
  describeRef,
  mergePatch,
  type ObjectRef,
  type PlainObject,
  readObject,
} from './objects.ts';

/** Held by the run that may change this cluster; keeps off runs of another Temporal, which the workflow id does not. */
export const lockLease: ObjectRef = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespace: 'kube-system',
  name: 'proxyshift',
};

const annotation = {
  requester: 'proxyshift.dev/requester',
  address: 'proxyshift.dev/temporal-address',
  namespace: 'proxyshift.dev/temporal-namespace',
  takenOverFrom: 'proxyshift.dev/taken-over-from',
} as const;

const leaseSchema = z.looseObject({
  metadata: z.looseObject({
    uid: z.string(),
    resourceVersion: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({ holderIdentity: z.string().optional(), acquireTime: z.string().optional() }).prefault({}),
});

/** What is written into the lock. */
export interface LockClaim {
  /** Who holds it: `workflow id/run id` for a run. */
  holder: string;
  /** For whom. */
  requester: string;
  /** Where to look for the run. */
  temporal?: TemporalPlace | undefined;
  /** Who is taken for gone, exactly as the lock says it: the only holder that is replaced. */
  takeOver?: string | undefined;
}

/** What the lock says. */
export interface HeldLock {
  holder: string;
  /** As the Lease has it: `2026-11-20T08:00:11.000000Z`; `?` where it does not say. */
  since: string;
  requester?: string;
  temporal?: TemporalPlace;
}

/**
 * Takes the lock; once more for the same holder. Who is named in `takeOver` is replaced where the Lease is still as it
 * was read, and nobody else.
 *
 * @throws Failure `Refused`, naming the holder, where somebody else has it; `Unreachable` (409) where it changed meanwhile
 */
export async function acquireLock(cluster: Cluster, claim: LockClaim, now: Date): Promise<LockTaken> {
  const found = await readObject(cluster, lockLease);
  if (found !== undefined) return await takeHeld(cluster, found, claim, now);
  try {
    await createObject(cluster, lockLease, leaseOf(claim, now));
    return {};
  } catch (error) {
    if (!hasStatus(error, 409)) throw error;
    const winner = await readObject(cluster, lockLease);
    if (winner === undefined) throw error;
    return await takeHeld(cluster, winner, claim, now);
  }
}

/** No-op where this holder does not hold it. */
export async function releaseLock(cluster: Cluster, holder: string): Promise<void> {
  const found = await readObject(cluster, lockLease);
  if (found === undefined) return;
  const { metadata, spec } = leaseSchema.parse(found);
  if (spec.holderIdentity === holder) await deleteObject(cluster, lockLease, { uid: metadata.uid });
}

/** Who holds the lock; undefined where nobody does. */
export async function readLock(cluster: Cluster): Promise<HeldLock | undefined> {
  const found = await readObject(cluster, lockLease);
  return found && heldLock(found);
}

/** What a Lease says of its holder. */
export function heldLock(lease: PlainObject): HeldLock {
  const { metadata, spec } = leaseSchema.parse(lease);
  const {
    [annotation.requester]: requester,
    [annotation.address]: address,
    [annotation.namespace]: namespace,
  } = metadata.annotations;
  return {
    holder: spec.holderIdentity ?? '?',
    since: spec.acquireTime ?? '?',
    ...(requester === undefined ? {} : { requester }),
    ...(address === undefined || namespace === undefined ? {} : { temporal: { address, namespace } }),
  };
}

/** `proxyshift/prod/RUN since 2026-… for ada, in namespace default of Temporal at temporal:7233`. */
export function describeLock({ holder, since, requester, temporal }: HeldLock): string {
  const forWhom = requester === undefined ? '' : ` for ${requester}`;
  const where = temporal ? `, in namespace ${temporal.namespace} of Temporal at ${temporal.address}` : '';
  return `${holder} since ${since}${forWhom}${where}`;
}

/** Who holds the lock for a run. */
export function holderOf({ workflowId, runId }: Omit<LockHolder, 'cluster'>): string {
  return `${workflowId}/${runId}`;
}

async function takeHeld(cluster: Cluster, found: PlainObject, claim: LockClaim, now: Date): Promise<LockTaken> {
  const { metadata } = leaseSchema.parse(found);
  const held = heldLock(found);
  if (held.holder === claim.holder) {
    // Taken by an attempt of the same run whose answer was lost.
    const before = metadata.annotations[annotation.takenOverFrom];
    return before === undefined ? {} : { takenOverFrom: before };
  }
  if (held.holder !== claim.takeOver) throw notFree(held, claim.takeOver);
  const lease = leaseOf({ ...claim, takenOverFrom: held.holder }, now);
  // A merge patch leaves what it does not name: what the holder before had written has to go.
  const gone = Object.fromEntries(Object.keys(metadata.annotations).map((key) => [key, null]));
  const annotations = { ...gone, ...lease.metadata.annotations };
  const { resourceVersion } = metadata;
  await mergePatch(cluster, lockLease, { ...lease, metadata: { annotations } }, { resourceVersion });
  return { takenOverFrom: held.holder };
}

function leaseOf({ holder, requester, temporal, takenOverFrom }: LockClaim & { takenOverFrom?: string }, now: Date) {
  const annotations: Record<string, string> = {
    [annotation.requester]: requester,
    ...(temporal ? { [annotation.address]: temporal.address, [annotation.namespace]: temporal.namespace } : {}),
    ...(takenOverFrom === undefined ? {} : { [annotation.takenOverFrom]: takenOverFrom }),
  };
  // MicroTime, as client-go's leader election writes it.
  const acquireTime = now.toISOString().replace('Z', '000Z');
  return { metadata: { annotations }, spec: { holderIdentity: holder, acquireTime } };
}

function notFree(held: HeldLock, named: string | undefined): Failure {
  const other = named === undefined ? '' : `, not ${named}`;
  return new Failure('Refused', `Another run holds the lock of this cluster: ${describeLock(held)}${other}`, {
    object: describeRef(lockLease),
    hint: `Wait for it. Only if that run is gone for good, start again with --take-over '${held.holder}'.`,
  });
}
