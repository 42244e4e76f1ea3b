import { log } from '@temporalio/workflow';
import { toFailureRecord } from './failures.ts';

/**
 * After a compensation has failed all its attempts, it is started again after this long; each time after twice as long,
 * so that the history of a run that waits over a weekend stays small (ms).
 */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 30 * 60_000;

/** Hears when an undo step keeps failing, and when it holds after all. */
export interface StuckObserver {
  stuck(what: string, why: string): void;
  held(): void;
  /** Waits before the next try: so long (ms), or until a person says that it is mended. */
  pause(what: string, ms: number): Promise<void>;
}

interface Compensation {
  what: string;
  undo: () => Promise<void>;
}

/**
 * What has to be undone, last in, first out. Each entry is added BEFORE the step that it undoes, and undoes nothing
 * where that step did nothing: a worker may die between a write and its answer
 * (https://docs.temporal.io/design-patterns/saga-pattern).
 */
export class Compensations {
  readonly #stack: Compensation[] = [];

  add(what: string, undo: () => Promise<void>): void {
    this.#stack.push({ what, undo });
  }

  get size(): number {
    return this.#stack.length;
  }

  /**
   * Unwinds until every compensation holds. One that keeps failing is reported, and tried again until it holds: the
   * order matters, so the ones below it wait.
   */
  async unwind(observer: StuckObserver): Promise<void> {
    for (let next = this.#stack.pop(); next !== undefined; next = this.#stack.pop()) {
      await untilItHolds(next.what, next.undo, observer);
    }
  }
}

/** Does `action` again and again, with longer and longer pauses between, until it does not throw. */
export async function untilItHolds<T>(what: string, action: () => Promise<T>, observer: StuckObserver): Promise<T> {
  let pause = FIRST_PAUSE_MS;
  for (let stuck = false; ; stuck = true) {
    try {
      const result = await action();
      if (stuck) observer.held();
      return result;
    } catch (error) {
      const { kind, message } = toFailureRecord(error);
      log.error('undo step failed, trying again', { what, kind, message });
      observer.stuck(what, message);
      await observer.pause(what, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}
