import { z } from 'zod';
import { planHashSchema } from './plan.ts';
import { personSchema } from './request.ts';

const comment = z.string().trim().max(2000).optional();

/** Payload of signal and update `approve`. */
export const approveSchema = z.strictObject({ approver: personSchema, planHash: planHashSchema, comment });
export type Approve = z.infer<typeof approveSchema>;

/** Payload of `reject`, `abort`, `rollback`, `pause` and `resume`: who, and why. */
export const byPersonSchema = z.strictObject({ by: personSchema, comment });
export type ByPerson = z.infer<typeof byPersonSchema>;

/** The messages a run accepts, each as a signal and as an update of the same name. */
export const messageNames = ['approve', 'reject', 'pause', 'resume', 'abort', 'rollback'] as const;
export type MessageName = (typeof messageNames)[number];

/** A message that was taken, as the report shows it. */
export const acceptedMessageSchema = z.object({
  message: z.enum(messageNames),
  by: z.string(),
  at: z.iso.datetime(),
  comment: z.string().optional(),
  planHash: z.string().optional(),
});
export type AcceptedMessage = z.infer<typeof acceptedMessageSchema>;

/** A message that was refused: it changed nothing, and the reason is kept. */
export const refusedMessageSchema = z.object({
  message: z.enum(messageNames),
  at: z.iso.datetime(),
  reason: z.string(),
});
export type RefusedMessage = z.infer<typeof refusedMessageSchema>;
