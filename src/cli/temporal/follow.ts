import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
import type { Progress } from '../../model/progress.ts';
import type { Report } from '../../model/report.ts';
import type { Run } from './run.ts';

/** Between two queries (ms). Temporal has no push for queries; each one costs a worker a moment and Cloud an action. */
const INTERVAL_MS = 500;

/** How a watch ended: with the run, or where it was told to stop. */
export type Followed = { ended: true; report: Report } | { ended: false; progress: Progress };

export interface FollowOptions {
  onProgress: (progress: Progress) => void;
  /** Nobody answers, neither a worker nor Temporal; the watch goes on. Called once each time this begins. */
  onTrouble: (error: Failure) => void;
  /** Where to stop before the end. Default: where a rollback waits for a person. */
  until?: (progress: Progress) => boolean;
  /** Ends the watch, and rejects with its reason. */
  signal?: AbortSignal;
  intervalMs?: number;
}

/** Follows a run to its end, or to where `until` says. */
export async function followRun(run: Run, options: FollowOptions): Promise<Followed> {
  const { onProgress, onTrouble, until = isStuck, signal, intervalMs = INTERVAL_MS } = options;
  const over = new AbortController();
  const stop = signal ? AbortSignal.any([signal, over.signal]) : over.signal;

  /** Asks again and again until `take` has what it wants. */
  const askUntil = async <T>(ask: () => Promise<T>, take: (answer: T) => Followed | undefined): Promise<Followed> => {
    for (let silent = false; ; ) {
      stop.throwIfAborted();
      try {
        const answer = await ask();
        stop.throwIfAborted();
        silent = false;
        const followed = take(answer);
        if (followed) return followed;
      } catch (error) {
        stop.throwIfAborted();
        if (!(error instanceof Failure && error.kind === 'Unreachable')) throw error;
        if (!silent) onTrouble(error);
        silent = true;
      }
      await delay(intervalMs, undefined, { signal: stop });
    }
  };
  const stopped = askUntil(
    () => run.progress(),
    (progress) => {
      onProgress(progress);
      return until(progress) ? { ended: false, progress } : undefined;
    },
  );
  const end = askUntil(
    () => run.result(stop),
    (report) => ({ ended: true, report }),
  );
  try {
    return await Promise.race([end, stopped]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    await Promise.allSettled([end, stopped]);
  }
}

function isStuck({ phase }: Progress): boolean {
  return phase === 'rollback-stuck';
}
