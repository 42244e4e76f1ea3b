import { z } from 'zod';

/** How a run ended; the same words in the workflow result, the report, JSON documents and the exit code. */
export const outcomes = [
  'migrated',
  'nothing-to-do',
  'blocked',
  'rolled-back',
  'rejected',
  'expired',
  'aborted',
  'rollback-stuck',
] as const;
export const outcomeSchema = z.enum(outcomes);
export type Outcome = z.infer<typeof outcomeSchema>;

/** Exit code of a command that could not run at all: bad arguments, no Temporal, no cluster. */
export const EXIT_COULD_NOT_RUN = 2;

const exitCodes: Record<Outcome, number> = {
  migrated: 0,
  'nothing-to-do': 0,
  blocked: 1,
  'rolled-back': 3,
  rejected: 4,
  expired: 4,
  aborted: 5,
  'rollback-stuck': 6,
};

/** The exit code of a command that waited for a run to end this way. */
export function exitCodeOf(outcome: Outcome): number {
  return exitCodes[outcome];
}

/** What an outcome means, in a sentence for a person. */
export const outcomeMeaning: Record<Outcome, string> = {
  migrated: 'every node and component is in the target mode, verified',
  'nothing-to-do': 'every node and component already was in the target mode',
  blocked: 'preflight found blockers; nothing was written',
  'rolled-back': 'undone, and verified equal to the snapshot',
  rejected: 'the plan was rejected; nothing was written',
  expired: 'no approval came in time; nothing was written',
  aborted: 'stopped where it was, by a person; the report lists the mode of every node',
  'rollback-stuck': 'an undo step does not succeed and waits for a person; it is still being retried',
};
