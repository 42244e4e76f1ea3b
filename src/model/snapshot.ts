import { z } from 'zod';
import { wayBackSchema } from './plan.ts';
import { temporalPlaceSchema } from './temporal-place.ts';

/** Of what stands in a snapshot. A restore refuses a newer one, and names the version. */
export const SNAPSHOT_VERSION = 1;

/** An object that a snapshot speaks of. */
export const snapshotObjectSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  plural: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  /** There was no such object: going back means to delete it. */
  absent: z.literal(true).optional(),
});

/**
 * What a snapshot says of its run, beside the objects: all that a way back needs, without Temporal and without the run.
 * Key `run.json`.
 */
export const snapshotRunSchema = z.object({
  version: z.literal(SNAPSHOT_VERSION),
  /** A rollback saves too, what it finds before it begins: going back to that is going forward again. */
  kind: z.enum(['migration', 'rollback']),
  cluster: z.object({
    name: z.string(),
    /** uid of the namespace kube-system. */
    uid: z.string(),
  }),
  workflowId: z.string(),
  runId: z.string(),
  requester: z.string(),
  /** Absent where the worker was not told. */
  temporal: temporalPlaceSchema.optional(),
  savedAt: z.iso.datetime(),
  wayBack: wayBackSchema,
  /** In the order in which a run writes them; they are put back the other way round. */
  objects: z.array(snapshotObjectSchema),
});
export type SnapshotRun = z.infer<typeof snapshotRunSchema>;
