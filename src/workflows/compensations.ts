import { log, sleep } from '@temporalio/workflow';
import { toFailureRecord } from './failures.ts';

/** After a compensation has failed all its attempts, it is started again after this long (ms). */
const STUCK_INTERVAL_MS = 60_000;

/** Hears when an undo step keeps failing, and when it holds after all. */
export interface StuckObserver {
  stuck(what: string, why: string): void;
  held(): void;
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

/** Does `action` again and again, with a minute between, until it does not throw. */
export async function untilItHolds<T>(what: string, action: () => Promise<T>, observer: StuckObserver): Promise<T> {
  for (let stuck = false; ; stuck = true) {
    try {
      const result = await action();
      if (stuck) observer.held();
      return result;
    } catch (error) {
      const { kind, message } = toFailureRecord(error);
      log.error('undo step failed, trying again', { what, kind, message });
      observer.stuck(what, message);
      await sleep(STUCK_INTERVAL_MS, { summary: `try again: ${what}`.slice(0, 180) });
    }
  }
}
