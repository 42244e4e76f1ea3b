import { z } from 'zod';
import { stepSchema } from './progress.ts';

/** Nodes that were handed over together, with the times of the step that did it. */
export const waveRecordSchema = stepSchema.pick({ startedAt: true, endedAt: true, result: true }).extend({
  /** Which of the steps of the report did it, from 0. */
  step: z.number().int().nonnegative(),
  /** Which wave of the plan it was, from 1. Absent on the way back, for another try, and for nodes that joined meanwhile. */
  wave: z.number().int().positive().optional(),
  /** Kept without them where they are those of a wave of the plan: `keptReportSchema` puts them in when a report is read. */
  nodes: z.array(z.string()).default([]),
  /** The one node that went first, alone. */
  canary: z.literal(true).optional(),
  /** They had failed once before. */
  again: z.literal(true).optional(),
  /** On the way back. */
  back: z.literal(true).optional(),
  /** Those of the nodes that did not get there. */
  failed: z.array(z.string()).default([]),
});
export type WaveRecord = z.infer<typeof waveRecordSchema>;

/** What a wave is, before it has times. */
export type WaveSubject = Omit<WaveRecord, 'step' | 'startedAt' | 'endedAt' | 'result'>;
