import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
import type { Step } from '../../model/progress.ts';

/** How often an API server that does not answer is asked again, and the first pause (ms); each one is twice as long. */
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 1_000;

export interface TimelineOptions {
  /** Called when a step has ended. */
  onStep: (step: Step) => void;
  signal: AbortSignal;
}

/** The steps of a way back that runs at a terminal, with their times. */
export class Timeline {
  readonly steps: Step[] = [];
  readonly #options: TimelineOptions;

  constructor(options: TimelineOptions) {
    this.#options = options;
  }

  /**
   * Runs one step. An API server that does not answer, or an object that changed under its hands, is tried again.
   * @throws what the step throws
   */
  async step<T>(what: string, action: () => Promise<T>): Promise<T> {
    const step: Step = { phase: 'rollback', what, startedAt: new Date().toISOString(), result: 'running' };
    this.steps.push(step);
    try {
      const result = await this.#patiently(action);
      step.result = 'done';
      return result;
    } catch (error) {
      step.result = 'failed';
      step.error = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      step.endedAt = new Date().toISOString();
      this.#options.onStep(step);
    }
  }

  async #patiently<T>(action: () => Promise<T>): Promise<T> {
    const { signal } = this.#options;
    for (let attempt = 1, pause = FIRST_PAUSE_MS; ; attempt += 1, pause *= 2) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'Unreachable' || attempt === ATTEMPTS) throw error;
        await delay(pause, undefined, { signal });
      }
    }
  }
}
