import { z } from 'zod';

/** Where the saved objects are: enough to find them with kubectl. */
export const snapshotRefSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  /** SHA-256 of the saved data. */
  hash: z.string(),
});
export type SnapshotRef = z.infer<typeof snapshotRefSchema>;
