import { z } from 'zod';

/** A namespace of a Temporal, as the worker reaches it: where to look for a run. */
export const temporalPlaceSchema = z.object({
  /** `host:port`. */
  address: z.string(),
  namespace: z.string(),
});
export type TemporalPlace = z.infer<typeof temporalPlaceSchema>;
