import { z } from 'zod';

/** What the DaemonSet of kube-proxy was: an edit of its spec raises the generation, a new one has another uid. */
export const daemonSetMarkSchema = z.object({
  uid: z.string(),
  generation: z.number().int(),
  /** SHA-256 of `spec.template`. */
  templateHash: z.string(),
});
export type DaemonSetMark = z.infer<typeof daemonSetMarkSchema>;

/**
 * What was not well in a cluster when it was looked at. What is not named here was well, so that a healthy cluster of any size
 * has a short one.
 */
export const baselineSchema = z.object({
  /** ISO 8601, by the clock of the worker. */
  takenAt: z.string(),
  /** Names of nodes that were not Ready. */
  nodes: z.array(z.string()),
  /**
   * Pods that were not well, of a DaemonSet or of a node itself: `DaemonSet kube-system/kube-proxy on node-07`. Not by name, since
   * a pod that is replaced has another one.
   */
  onNodes: z.array(z.string()),
  /** Of every other controller (`Deployment kube-system/coredns`), how many of its pods were not well. */
  counted: z.record(z.string(), z.number().int()),
  /** Absent where there was none. */
  kubeProxy: daemonSetMarkSchema.optional(),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** Something that was well and is not any more. */
export const worseItemSchema = z.object({
  /** `Node node-07`, `Pod kube-system/kube-proxy-x7x2p`. */
  object: z.string(),
  /** The node it is on, where it is on one. */
  node: z.string().optional(),
  /** What it belongs to: `DaemonSet kube-system/kube-proxy`. */
  controller: z.string().optional(),
  why: z.string(),
});
export type WorseItem = z.infer<typeof worseItemSchema>;

/** Who wrote an object, as its managedFields have it. */
export const fieldWriteSchema = z.object({
  manager: z.string(),
  /** `Apply` or `Update`. */
  operation: z.string(),
  /** ISO 8601; absent where the API server did not keep it. */
  at: z.string().optional(),
});
export type FieldWrite = z.infer<typeof fieldWriteSchema>;

/** An object that this run depends on, and that somebody else has changed meanwhile. */
export const driftItemSchema = z.object({
  kind: z.enum(['daemon-set-edited', 'daemon-set-gone', 'config-map-reverted', 'config-map-gone']),
  object: z.string(),
  /** A sentence without its full stop. */
  what: z.string(),
  /** Who wrote it last; absent where nobody is known. */
  by: fieldWriteSchema.optional(),
  /** A tool that is known to write the object again, and what to do about it. */
  owner: z.object({ name: z.string(), evidence: z.string(), fix: z.string(), command: z.string() }).optional(),
});
export type DriftItem = z.infer<typeof driftItemSchema>;

/** What is worse than a baseline. */
export const healthReportSchema = z.object({
  /** Nothing is worse, and nobody else has changed anything. */
  healthy: z.boolean(),
  /** At most 50 of them. */
  worse: z.array(worseItemSchema),
  /** How many there are in all. */
  worseCount: z.number().int(),
  drift: z.array(driftItemSchema),
  /** How long it was looked at until it had settled, or the patience was over (ms). */
  lookedForMs: z.number().int(),
});
export type HealthReport = z.infer<typeof healthReportSchema>;

/** `Pod kube-system/coredns-abc on node-07: CrashLoopBackOff (and 2 more)`: what a failure says, without its full stop. */
export function describeWorse({ worse, worseCount }: Pick<HealthReport, 'worse' | 'worseCount'>): string {
  const [first] = worse;
  if (first === undefined) return 'nothing is worse than before the run';
  const where = first.node !== undefined && !first.object.startsWith('Node ') ? ` on ${first.node}` : '';
  return `${first.object}${where}: ${first.why}${worseCount > 1 ? ` (and ${worseCount - 1} more)` : ''}`;
}

/** `ConfigMap kube-system/kube-proxy is not what the run wrote (argocd-controller, Update, at 2026-…); Argo CD …`. */
export function describeDriftItem({ object, what, by, owner }: DriftItem): string {
  const who = by ? ` (last written by ${by.manager}, ${by.operation}${by.at ? `, at ${by.at}` : ''})` : '';
  return `${object} ${what}${who}${owner ? `; ${owner.name} writes it: ${owner.evidence}` : ''}`;
}
