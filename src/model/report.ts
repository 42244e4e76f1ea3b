import { z } from 'zod';
import { failureRecordSchema } from './failure.ts';
import { findingSchema } from './finding.ts';
import { acceptedMessageSchema, refusedMessageSchema } from './messages.ts';
import { felixProofSchema, leftBehindSchema, proxyProofSchema } from './node-proof.ts';
import { outcomeSchema } from './outcome.ts';
import { planHashSchema, planSchema } from './plan.ts';
import { planRevisionSchema } from './plan-drift.ts';
import { trafficSchema } from './probe-report.ts';
import { stepSchema } from './progress.ts';
import { snapshotRefSchema } from './snapshot-ref.ts';
import { sourceSettingSchema } from './source-setting.ts';
import { waveRecordSchema } from './wave-record.ts';

export { type SnapshotRef, snapshotRefSchema } from './snapshot-ref.ts';

/**
 * The record of a run, as people and programs read it. The workflow's result and the answer of query `report` are made into one by
 * `keptReportSchema`.
 */
export const reportSchema = z.object({
  reportVersion: z.literal(1),
  cluster: z.string(),
  requester: z.string(),
  /** Absent while the run is open. */
  outcome: outcomeSchema.optional(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  workflowId: z.string(),
  runId: z.string(),
  plan: planSchema.optional(),
  planHash: planHashSchema.optional(),
  /** Each time the cluster changed after an approval: what the next plan had otherwise. */
  revisions: z.array(planRevisionSchema).default([]),
  findings: z.array(findingSchema),
  messages: z.array(acceptedMessageSchema),
  refused: z.array(refusedMessageSchema),
  steps: z.array(stepSchema),
  /** Which nodes were handed over together, and when. Absent from reports of runs before there was such a record. */
  waves: z.array(waveRecordSchema).default([]),
  snapshot: snapshotRefSchema.optional(),
  /** Evidence node by node, the newest look at each. */
  nodes: z.array(proxyProofSchema),
  felix: z.array(felixProofSchema),
  /** Nodes that the run went on without: not Ready for too long, or failed within the budget. */
  leftBehind: z.array(leftBehindSchema).default([]),
  /** What the run did to traffic; absent where nothing measured it. */
  traffic: trafficSchema.optional(),
  /** The first failure, which caused the rollback. */
  failure: failureRecordSchema.optional(),
  /** What is left for a person, one sentence each. */
  remarks: z.array(z.string()),
  /** What has to be changed outside of the cluster, so that what the run has written stays. */
  sources: z.array(sourceSettingSchema).default([]),
});
export type Report = z.infer<typeof reportSchema>;
