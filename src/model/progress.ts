import { z } from 'zod';
import { outcomeSchema } from './outcome.ts';
import { gateSchema, planHashSchema } from './plan.ts';
import { planRevisionSchema } from './plan-drift.ts';
import { probePathNames } from './probe-plan.ts';

/** Where a run is, in the order of the runbook. The value of search attribute ProxyshiftPhase. */
export const phases = [
  'preflight',
  'approval',
  'snapshot',
  'baseline',
  'kube-proxy',
  'node-restarts',
  'calico',
  'verify',
  'soak',
  'rollback',
  'rollback-stuck',
  'done',
] as const;
export const phaseSchema = z.enum(phases);
export type Phase = z.infer<typeof phaseSchema>;

/** A step of the runbook with its times: what the report's timeline is made of. */
export const stepSchema = z.object({
  phase: phaseSchema,
  /** A sentence, as in the activity's summary: `Restart kube-proxy on node-07 (canary)`. */
  what: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  result: z.enum(['running', 'done', 'failed', 'cancelled']),
  /** Of a failed step: one sentence. */
  error: z.string().optional(),
});
export type Step = z.infer<typeof stepSchema>;

/** A step that only a person can do, and that the run waits for. */
export const handStepSchema = z.object({
  /** What `confirm` names it by. */
  key: z.string(),
  /** A sentence that says what to do. */
  what: z.string(),
  nodes: z.array(z.string()),
});
export type HandStep = z.infer<typeof handStepSchema>;

/** Answer of query `progress`: what `status` shows. */
export const progressSchema = z.object({
  cluster: z.string(),
  phase: phaseSchema,
  paused: z.boolean(),
  /** What the run waits for, or is doing now. */
  waitingFor: z.string(),
  /** What an approval is asked for now: the plan, or going on after the canary. */
  gate: gateSchema.optional(),
  /** Since when it is asked for. */
  gateSince: z.iso.datetime().optional(),
  /** The plan to approve, as soon as there is one. */
  planHash: planHashSchema.optional(),
  /** Where the cluster changed after another plan was approved: what is otherwise in this one. */
  revision: planRevisionSchema.optional(),
  nodes: z.object({
    total: z.number().int(),
    done: z.number().int(),
    /** The run goes on without them, for now. */
    leftBehind: z.number().int().optional(),
  }),
  wave: z.object({ current: z.number().int(), total: z.number().int() }).optional(),
  /** The nodes that are being handed over now. */
  underWay: z.array(z.string()).optional(),
  /** The longest time without an answer so far on any path of any node, where the probe measures it (ms). */
  longestGap: z.object({ node: z.string(), path: z.enum(probePathNames), ms: z.number().nonnegative() }).optional(),
  steps: z.array(stepSchema),
  /** What only a person can do, now. */
  byHand: z.array(handStepSchema).default([]),
  /** The failure that started a rollback, or keeps one from ending. */
  failure: z.string().optional(),
  outcome: outcomeSchema.optional(),
});
export type Progress = z.infer<typeof progressSchema>;
