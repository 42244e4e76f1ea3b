import { z } from 'zod';

/**
 * The paths that the probe asks on from each node. `cluster-ip`: a new connection to its Service each time. `held`: one connection
 * to it that stays open. `udp`: a datagram to it. `dns`: a question to the cluster's DNS Service. `node-port`: a new connection to
 * its node port on the node itself.
 */
export const probePathNames = ['cluster-ip', 'held', 'udp', 'dns', 'node-port'] as const;
export type ProbePathName = (typeof probePathNames)[number];

/** What a node may lose between two looks before the run acts. Absent: as much as it does. */
export const probeLimitsSchema = z.object({
  /** The longest time without an answer, on any path, may be so much longer than the longest of the baseline (ms). */
  longestGapMs: z.number().int().nonnegative().optional(),
  /** So many held connections may be lost. */
  lostConnections: z.number().int().nonnegative().optional(),
});
export type ProbeLimits = z.infer<typeof probeLimitsSchema>;

/** What the plan says of the probe: it runs on every Linux node, from before the first write until the run ends. */
export const probePlanSchema = z.object({
  /** Image of proxyshift, with its program as entry point. */
  image: z.string(),
  paths: z.array(z.enum(probePathNames)).min(1),
  /** Of path `dns`: IP address of the DNS server. */
  dnsServer: z.string().optional(),
  /** Between two attempts on a path (ms). */
  everyMs: z.number().int().positive(),
  /** An answer that takes longer is none (ms). */
  timeoutMs: z.number().int().positive(),
  /** How long it is watched before anything is written (ms). */
  baselineMs: z.number().int().positive(),
  limits: probeLimitsSchema,
});
export type ProbePlan = z.infer<typeof probePlanSchema>;

/** Attempts that are told together, in a line of the probe's log. */
export const PROBE_SEGMENT_ATTEMPTS = 50;

/** How long after an attempt was due it is told at the latest (ms). */
export function probeDelayMs({ everyMs, timeoutMs }: Pick<ProbePlan, 'everyMs' | 'timeoutMs'>): number {
  return PROBE_SEGMENT_ATTEMPTS * everyMs + timeoutMs;
}
