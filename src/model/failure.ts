import { z } from 'zod';

/**
 * Why something could not be done. The kind decides what happens next:
 *
 * - `Blocked`: preflight found blockers; nothing was written.
 * - `Refused`: an approval, a signal or an input was not acceptable.
 * - `Drifted`: an object is not what the plan saw.
 * - `Unhealthy`: a node or a component did not reach the wanted state in time.
 * - `Unreachable`: network, 409, 429 or 5xx. The only kind that Temporal retries without a limit of its own.
 * - `Forbidden`: 403; the missing verb is named.
 * - `Disconnected`: the worker has no usable way in: credentials expired (401), kubeconfig or clusters.yaml broken. A
 *   run that has begun waits until somebody mends it.
 * - `Invalid`: the cluster or a file holds something that cannot be understood.
 */
export const failureKinds = [
  'Blocked',
  'Refused',
  'Drifted',
  'Unhealthy',
  'Unreachable',
  'Forbidden',
  'Disconnected',
  'Invalid',
] as const;

export const failureKindSchema = z.enum(failureKinds);
export type FailureKind = z.infer<typeof failureKindSchema>;

/** What travels with a failure across a wire (Temporal's `ApplicationFailure.details[0]`) and into a report. */
export const failureDetailsSchema = z.object({
  /** The object concerned, as `Kind namespace/name` or `Kind name`. */
  object: z.string().optional(),
  /** What a person can do about it: a sentence or a command. */
  hint: z.string().optional(),
  /** The nodes that did not reach the wanted state, with the last evidence of each. */
  nodes: z
    .array(z.object({ node: z.string(), why: z.string(), lastLines: z.array(z.string()).default([]) }))
    .optional(),
});
export type FailureDetails = z.infer<typeof failureDetailsSchema>;

/** The one error type of proxyshift: one sentence, the object, and what to do. Never carries a credential. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.kind = kind;
    this.details = details;
  }
}

/** A failure as data: what a report or a JSON document shows. */
export const failureRecordSchema = failureDetailsSchema.extend({ kind: failureKindSchema, message: z.string() });
export type FailureRecord = z.infer<typeof failureRecordSchema>;

/** One sentence, the object and what to do, as a person reads it in a terminal. */
export function describeFailure(failure: { message: string; details: FailureDetails }): string {
  const { object, hint, nodes } = failure.details;
  return [
    failure.message,
    ...(object && !failure.message.includes(object) ? [`  object: ${object}`] : []),
    ...(nodes ?? []).flatMap((n) => [`  ${n.node}: ${n.why}`, ...n.lastLines.map((line) => `      ${line}`)]),
    ...(hint ? [`  ${hint}`] : []),
  ].join('\n');
}
