import { condition } from '@temporalio/workflow';
import type { StuckObserver } from './compensations.ts';
import type { Run } from './run.ts';

/** What a person sees while an undo step does not succeed. */
export function watchStuck({ journal, desk }: Run): StuckObserver {
  return {
    stuck: (what, why) => {
      desk.stuck = true;
      journal.enter('rollback-stuck');
      journal.waitFor(
        `a person: "${what}" does not succeed (${why}); it is tried again by itself, and at once on resume`,
      );
    },
    pause: async (what, ms) => {
      await condition(() => !desk.stuck, ms, { summary: `Try again: ${what}` });
      desk.stuck = false;
    },
    held: () => journal.enter('rollback'),
  };
}
