import { z } from 'zod';

/** A cluster's name as in clusters.yaml. Part of the workflow id, so it is held to what reads well there. */
export const clusterNameSchema = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits, "-" and ".", at most 63 characters');

/** A person, as they name themselves: an e-mail address, a login. Compared without regard to case. */
export const personSchema = z.string().trim().min(1, 'a name is required').max(200);

/** What starts a run. Everything else (kubeconfig, approvers, waves, time limits) is read from clusters.yaml by the worker. */
export const migrationRequestSchema = z.strictObject({
  cluster: clusterNameSchema,
  /** Who asks for the migration; may not approve it. */
  requester: personSchema,
  target: z.literal('nftables').default('nftables'),
});
export type MigrationRequest = z.infer<typeof migrationRequestSchema>;

/** Workflow id of the one run that may be open on a cluster. */
export function workflowIdOf(cluster: string): string {
  return `proxyshift/${cluster}`;
}

/** Whether two names are the same person. */
export function samePerson(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase();
}
