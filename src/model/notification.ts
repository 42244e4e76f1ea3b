import { z } from 'zod';
import { type NotificationEvent, notificationEvents } from './notification-event.ts';
import { outcomeSchema } from './outcome.ts';
import { gateSchema, planHashSchema } from './plan.ts';
import { phaseSchema } from './progress.ts';

/** A command line, and what it does, as a verb in the third person. */
export const commandHintSchema = z.object({ command: z.string(), does: z.string() });
export type CommandHint = z.infer<typeof commandHintSchema>;

/** What there is to tell, beside the event and its time. */
export const noticeSchema = z.object({
  cluster: z.string().describe('Name of the cluster in clusters.yaml.'),
  text: z.string().describe('One sentence for a person.'),
  phase: phaseSchema.describe('Where the run is.'),
  outcome: outcomeSchema.optional().describe('How the run has ended; absent while it is open.'),
  gate: gateSchema.optional().describe('What approvals are asked for: the plan, or going on after the canary.'),
  planHash: planHashSchema.optional().describe('SHA-256 of the plan: what an approval names.'),
  requester: z.string().describe('Who asked for the run.'),
  by: z.string().optional().describe('Whose message led to this: who paused, rejected, aborted or rolled back.'),
  nodes: z
    .object({ done: z.int().nonnegative(), total: z.int().nonnegative() })
    .describe('Nodes that have reached what the run wants of them now, and all of them.'),
  failure: z.string().optional().describe('What failed, in a sentence.'),
  objects: z
    .array(z.string())
    .describe('Objects that it is about: "DaemonSet kube-system/kube-proxy", "Installation default", "Node node-07".'),
  commands: z.array(commandHintSchema).describe('How to answer, or to see more; the answer comes first.'),
  workflowId: z.string().describe('Workflow id in Temporal.'),
  runId: z.string().describe('Run id in Temporal.'),
});
export type Notice = z.infer<typeof noticeSchema>;

/** What one activity tells one receiver. */
export interface Notification {
  /** The same each time that it is sent again, so that a receiver can drop what it has already. */
  id: string;
  event: NotificationEvent | 'test';
  /** When it happened, ISO 8601. */
  at: string;
  notice: Notice;
}

const bodyTypes = [...notificationEvents, 'test' as const].map((event) => `proxyshift.${event}` as const);

/** The body of a webhook, in the form of Standard Webhooks: https://www.standardwebhooks.com */
export const webhookBodySchema = z.object({
  type: z.enum(bodyTypes).describe('The event. "proxyshift.test" is sent by the command proxyshift notify.'),
  timestamp: z.iso.datetime().describe('When it happened.'),
  data: noticeSchema.extend({
    link: z.string().optional().describe("The run in Temporal's UI, where the worker knows where that is."),
  }),
});
export type WebhookBody = z.infer<typeof webhookBodySchema>;
