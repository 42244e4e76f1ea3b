import { condition } from '@temporalio/workflow';
import type { StuckObserver } from './compensations.ts';
import { rollbackStuck } from './happenings.ts';
import type { Run } from './run.ts';

/** What a person sees while an undo step does not succeed. */
export function watchStuck(run: Run): StuckObserver {
  const { journal, desk } = run;
  return {
    stuck: (what, why) => {
      desk.stuck = true;
      const isKnown = journal.phase === 'rollback-stuck';
      journal.enter('rollback-stuck');
      // Once, and not each time that it is tried in vain.
      if (!isKnown) run.tell(rollbackStuck(run.cluster, what, why));
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
