import { z } from 'zod';

/**
 * What somebody is told of, in the order in which a run may come to it:
 *
 * - `approval-needed`: people have to approve: a plan, another plan since the cluster changed, or going on after the canary.
 * - `canary-done`: a canary is in the new mode, and has proven it for as long as it was to be watched.
 * - `by-hand`: the run waits for a step that only a person can do.
 * - `paused`: nothing new starts before `resume`: a person has paused the run, or it cannot judge by itself.
 * - `failed`: something failed, and what was done is being undone; with an outcome, the run has ended before it wrote anything.
 * - `rollback-stuck`: an undo step does not succeed and waits for a person.
 * - `rolled-back`: the run has ended, and all of it was undone.
 * - `done`: the run has ended in any other way; the outcome says how.
 *
 * The last one of a run is `rolled-back`, `done`, or `failed`.
 */
export const notificationEvents = [
  'approval-needed',
  'canary-done',
  'by-hand',
  'paused',
  'failed',
  'rollback-stuck',
  'rolled-back',
  'done',
] as const;
export const notificationEventSchema = z.enum(notificationEvents);
export type NotificationEvent = z.infer<typeof notificationEventSchema>;

const aReceiver = 'expected lower-case letters, digits and "-", at most 40 characters';
/** The name of a receiver in clusters.yaml: in the history of a run, and a label of metrics. */
export const receiverNameSchema = z.string(aReceiver).regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, aReceiver);

/** A receiver as a workflow knows it. How it is reached stays on the worker. */
export const subscriberSchema = z.object({ name: z.string(), events: z.array(notificationEventSchema) });
export type Subscriber = z.infer<typeof subscriberSchema>;
