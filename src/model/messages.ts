import { z } from 'zod';
import { gateSchema, planHashSchema } from './plan.ts';
import { personSchema } from './request.ts';
import { type ParsedInput, parseInput } from './schema-issues.ts';
import { signedApprovalSchema } from './signed-approval.ts';

const comment = z.string().trim().max(2000).optional();

/** Payload of signal and update `approve`. */
export const approveSchema = z.strictObject({
  approver: personSchema,
  planHash: planHashSchema,
  /** What is approved: the plan before anything is written (default), or that the run goes on after its canary. */
  gate: gateSchema.optional(),
  comment,
  /** Where the plan requires it: the same, as a statement that the approver signed. */
  signed: signedApprovalSchema.optional(),
});
export type Approve = z.infer<typeof approveSchema>;

/** Payload of `reject`, `abort`, `rollback`, `pause` and `resume`: who, and why. */
export const byPersonSchema = z.strictObject({ by: personSchema, comment });
export type ByPerson = z.infer<typeof byPersonSchema>;

/** Payload of `confirm`: what only a person can do was done, or is left out at a risk that the report records. */
export const confirmSchema = z.strictObject({
  by: personSchema,
  /** Key of the step, as the run names it. */
  step: z.string('expected the key of a step').min(1, 'expected the key of a step').max(200),
  /** It was not done, and the run is to go on without. */
  skip: z.boolean().optional(),
  comment,
});
export type Confirm = z.infer<typeof confirmSchema>;

/** The messages a run accepts, each as a signal and as an update of the same name. */
export const messageNames = ['approve', 'reject', 'confirm', 'pause', 'resume', 'abort', 'rollback'] as const;
export type MessageName = (typeof messageNames)[number];

/** Reads the payload of a message. */
export function parseMessage<S extends z.ZodType>(
  name: MessageName,
  schema: S,
  payload: unknown,
): ParsedInput<z.output<S>> {
  return parseInput(schema, payload, { whole: `the payload of ${name}` });
}

/** A message that was taken, as the report shows it. */
export const acceptedMessageSchema = z.object({
  message: z.enum(messageNames),
  by: z.string(),
  at: z.iso.datetime(),
  comment: z.string().optional(),
  planHash: z.string().optional(),
  /** Of an `approve` after the canary. */
  gate: gateSchema.optional(),
  /** Type and fingerprint of the key that signed it. */
  signedWith: z.string().optional(),
  /** Of a `confirm`: the key of the step. */
  step: z.string().optional(),
  /** Of a `confirm`: the step was left out. */
  skipped: z.boolean().optional(),
});
export type AcceptedMessage = z.infer<typeof acceptedMessageSchema>;

/** A message that was refused: it changed nothing, and the reason is kept. */
export const refusedMessageSchema = z.object({
  message: z.enum(messageNames),
  at: z.iso.datetime(),
  reason: z.string(),
});
export type RefusedMessage = z.infer<typeof refusedMessageSchema>;
