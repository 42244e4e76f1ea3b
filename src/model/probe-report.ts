import { z } from 'zod';
import { leftBehindSchema } from './node-proof.ts';
import { probePlanSchema } from './probe-plan.ts';
import { probeSightSchema } from './probe-sight.ts';

/** What a path was like in a time, in milliseconds. Nothing shorter than the interval of the probe can be seen. */
export const pathSummarySchema = probeSightSchema.pick({ path: true, samples: true, lost: true }).extend({
  /** Time without an answer, all in all (ms). */
  failedMs: z.number().nonnegative(),
  /** The longest time without an answer that was seen (ms). */
  longestGapMs: z.number().nonnegative(),
  /** It may have been this long (ms): what is not known counts as failed, and its ends are not known more precisely than the interval. */
  longestGapAtMostMs: z.number().nonnegative(),
  /** When the longest began, by the clock of the node, and why its first attempt failed. */
  longestGap: z.object({ at: z.iso.datetime(), error: z.string() }).optional(),
});
export type PathSummary = z.infer<typeof pathSummarySchema>;

/** What one node has lost: on each path, before and during the run. */
export const nodeTrafficSchema = z.object({
  node: z.string(),
  paths: z.array(pathSummarySchema.extend({ baseline: pathSummarySchema.omit({ path: true }).optional() })),
});
export type NodeTraffic = z.infer<typeof nodeTrafficSchema>;

const timeSchema = z.object({ from: z.iso.datetime(), to: z.iso.datetime() });

/** What the run did to traffic, as the probe saw it. */
export const trafficSchema = z.object({
  probe: probePlanSchema,
  /** Before the first write. Absent where it did not come to that. */
  baseline: timeSchema.optional(),
  /** From then on, the way back included. */
  run: timeSchema.optional(),
  /** The worst first: by the longest gap on any path, then by time without an answer, then by name. */
  nodes: z.array(nodeTrafficSchema),
  /** Of very many nodes, those that lost the least are not told one by one: how many, and the longest gap of any of them (ms). */
  others: z.object({ nodes: z.int().positive(), longestGapMs: z.number().nonnegative() }).optional(),
  /** Nodes that were not measured, or not all of the time, and why. */
  silent: z.array(leftBehindSchema),
});
export type Traffic = z.infer<typeof trafficSchema>;
