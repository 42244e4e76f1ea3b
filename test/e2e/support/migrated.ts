import { expect } from 'vitest';
import type { Report } from '../../../src/model/report.ts';
import { objectsOf } from './objects.ts';
import { type Rehearsal, type RehearseOptions, type Run, rehearse } from './rehearse.ts';

export interface Migrated extends Rehearsal {
  /** The objects before the run. */
  before: unknown;
  run: Run;
  report: Report;
}

/** A migration that has ended well. */
export async function migrated(options: RehearseOptions = {}): Promise<Migrated> {
  const rehearsal = await rehearse(options);
  const before = await objectsOf(rehearsal.cluster);
  const run = await rehearsal.start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  return { ...rehearsal, before, run, report };
}
