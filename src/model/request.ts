import { z } from 'zod';
import { checkCodeSchema } from './finding.ts';

const aClusterName = 'expected lower-case letters, digits, "-" and ".", at most 63 characters';
/** A cluster's name as in clusters.yaml. Part of the workflow id, so it is held to what reads well there. */
export const clusterNameSchema = z.string(aClusterName).regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, aClusterName);

const aName = 'expected a name';
/** A person, as they name themselves: an e-mail address, a login. Compared without regard to case. */
export const personSchema = z
  .string(aName)
  .trim()
  .min(1, aName)
  .max(200)
  // It is shown in terminals, and is one line of a list of allowed signers. What cannot be seen would make two names of one.
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'expected a name without control characters');

/** What a cluster can be taken to: kube-proxy and Calico to nftables, or to Calico's eBPF mode, which has no kube-proxy. */
export const targets = ['nftables', 'ebpf'] as const;
export type Target = (typeof targets)[number];

const aHolder = 'expected who holds the lock, as proxyshift says it: workflow id, a slash, run id';
/** Who holds the lock and is gone for good, exactly as the lock says it. The run takes the lock from this holder only. */
export const lockHolderSchema = z.string(aHolder).trim().min(1, aHolder).max(500, aHolder);

const aSnapshot = 'expected the name of a ConfigMap in kube-system, such as proxyshift-snapshot-RUN';
export const snapshotNameSchema = z.string(aSnapshot).regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, aSnapshot);

/** What starts a run. Everything else (kubeconfig, approvers, waves, time limits) is read from clusters.yaml by the worker. */
export const migrationRequestSchema = z.strictObject({
  cluster: clusterNameSchema,
  /** Who asks for the migration; may not approve it. */
  requester: personSchema,
  target: z.enum(targets).default('nftables'),
  /** Checks whose blockers the requester sets aside; they become warnings of the plan, which the approval accepts. */
  ignoreChecks: z.array(checkCodeSchema).optional(),
  takeOverLock: lockHolderSchema.optional(),
});
export type MigrationRequest = z.infer<typeof migrationRequestSchema>;

/** What starts a rollback of a run that has ended. */
export const rollbackRequestSchema = z.strictObject({
  cluster: clusterNameSchema,
  /** Who asks for the rollback; may not approve it. */
  requester: personSchema,
  /** Default: the newest snapshot of a migration from which the cluster differs now. */
  snapshot: snapshotNameSchema.optional(),
  takeOverLock: lockHolderSchema.optional(),
});
export type RollbackRequest = z.infer<typeof rollbackRequestSchema>;

/** Workflow id of the one run that may be open on a cluster. */
export function workflowIdOf(cluster: string): string {
  return `proxyshift/${cluster}`;
}

/** Whether two names are the same person. */
export function samePerson(a: string, b: string): boolean {
  return personKey(a) === personKey(b);
}

/**
 * What all spellings of a name have in common: neither case, nor how accents are encoded, nor the width of letters and
 * spaces tell people apart (NFKC, Unicode Standard Annex 15).
 */
export function personKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().normalize('NFKC').trim().replace(/\s+/g, ' ');
}
