import { z } from 'zod';
import { nftablesModeSchema, observedModeSchema } from './mode.ts';

/**
 * What was seen of kube-proxy on one node. `/proxyMode` and the sync time, both by port-forward, are the first
 * witness; the start-up line of the log is the second, and the only one where port-forward is forbidden.
 */
export const proxyProofSchema = z.object({
  node: z.string(),
  pod: z.string(),
  mode: observedModeSchema,
  /** Which of the two witnesses spoke. */
  witnesses: z.array(z.enum(['proxyMode', 'log'])),
  /** The start-up line that names the mode, where the log still has it. */
  line: z.string().optional(),
  /** Whether the first full sync is done: true or false by metrics, undefined where they could not be read. */
  synced: z.boolean().optional(),
  /** Failed nftables transactions since the process started; absent where there were none. */
  syncFailures: z.number().int().positive().optional(),
  /** Of a hand-over with a stand-by: TCP connections that IPVS still carried when it was taken away. */
  cut: z.number().int().nonnegative().optional(),
  /** What else is to be known of its hand-over: that it was another one than the plan's, and why; what was not seen. */
  handover: z.string().optional(),
  /** Why something above is missing, for the report. */
  remark: z.string().optional(),
});
export type ProxyProof = z.infer<typeof proxyProofSchema>;

/** Where Felix has a setting from, as its log names it (felix/config/config_params.go). */
export type FelixSource = 'datastore (global)' | 'datastore (per-host)';

/** What was seen of Felix on one node, from the log of the last start of the process. */
export const felixProofSchema = z.object({
  node: z.string(),
  pod: z.string(),
  /** The last `Parsed value for NFTablesMode`, `unknown` where the log no longer has it. */
  nftablesMode: z.union([nftablesModeSchema, z.literal('unknown')]),
  /** Felix ≥ 3.32: what it decided. */
  useNftables: z.boolean().optional(),
  /** Whether it started with support for kube-proxy's ipvs mode. */
  ipvsSupport: z.boolean().optional(),
  /** It runs eBPF mode. */
  bpf: z.literal(true).optional(),
  /** The line that proves it; not kept of very many nodes. */
  line: z.string().optional(),
});
export type FelixProof = z.infer<typeof felixProofSchema>;

/** A node that is not in the wanted mode, and that the run went on without. */
export const leftBehindSchema = z.object({
  node: z.string(),
  why: z.string(),
  /** The last telling lines of its kube-proxy. */
  lastLines: z.array(z.string()).default([]),
});
export type LeftBehind = z.infer<typeof leftBehindSchema>;
