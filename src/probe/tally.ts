import type { ProbeAnswer, Segment } from '../model/probe.ts';
import { attemptsOf, emptySegment, endOf, MOST_OUTAGES } from './segment.ts';

/** What came of one attempt. */
export interface Answered {
  answer: ProbeAnswer;
  /** Of `failed`: why. */
  error?: string | undefined;
}

/**
 * Adds up attempts, in the order in which they were due. Attempt n is due n intervals after the first one, so all arithmetic is
 * in intervals, and no clock that is set meanwhile can change a length.
 */
export class PathTally {
  #segment: Segment;

  /**
   * @param from when the first attempt is due (ms since the epoch)
   * @param slackMs how late an answer may come and count
   */
  constructor(path: string, everyMs: number, from: number, slackMs = 0) {
    this.#segment = emptySegment(path, everyMs, from, slackMs);
  }

  /** How many attempts there are since the last {@link take}. */
  get attempts(): number {
    return attemptsOf(this.#segment);
  }

  add({ answer, error = 'failed' }: Answered): void {
    const { attempts } = this;
    const segment = this.#segment;
    segment[answer] += 1;
    segment.failing = longer(segment.failing, attempts, answer === 'failed');
    segment.notOk = longer(segment.notOk, attempts, answer !== 'ok');
    if (answer !== 'failed') return;
    segment.errors[error] = (segment.errors[error] ?? 0) + 1;
    const last = segment.outages.at(-1);
    if (last && last.first + last.failed === attempts) last.failed += 1;
    else if (segment.outages.length < MOST_OUTAGES) segment.outages.push({ first: attempts, failed: 1, error });
  }

  /** A connection that was to stay open was lost. */
  lose(): void {
    this.#segment.lost += 1;
  }

  /** What was added since it was taken last; what comes now begins a new segment. */
  take(): Segment {
    const taken = this.#segment;
    this.#segment = emptySegment(taken.path, taken.everyMs, endOf(taken), taken.slackMs);
    return taken;
  }
}

/** Runs with one attempt more, the one with this number. */
function longer({ head, tail, longest }: Segment['failing'], number: number, counts: boolean): Segment['failing'] {
  if (!counts) return { head, tail: 0, longest };
  return { head: head === number ? head + 1 : head, tail: tail + 1, longest: Math.max(longest, tail + 1) };
}
