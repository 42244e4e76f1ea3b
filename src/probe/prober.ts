import { setTimeout as delay } from 'node:timers/promises';
import { describePath, type PathVerdict, type ProbePath, type Segment } from '../model/probe.ts';
import { type Attempt, datagram, newConnection, question } from './attempts.ts';
import { HeldConnection } from './held-connection.ts';
import { InOrder } from './in-order.ts';
import { joinSegments } from './segment.ts';
import type { Stalls } from './stalls.ts';
import { type Answered, PathTally } from './tally.ts';
import { verdictOf } from './verdict.ts';

const attempts = { tcp: newConnection, udp: datagram, dns: question };

export interface ProberOptions {
  path: ProbePath;
  /** Between two attempts (ms). */
  everyMs: number;
  /** An answer that takes longer is none (ms). */
  timeoutMs: number;
  stalls: Stalls;
  /** Told of each attempt, in the order in which they were due. */
  onAnswer?: (answered: Answered, dueAt: number) => void;
  /** Told whenever the connection of a `held` path is lost. */
  onLost?: (error: string) => void;
  /** Told of this many attempts at a time, and of the rest at the end. */
  segments?: { attempts: number; onSegment: (segment: Segment) => void };
}

/** Asks on one path at a fixed pace, whatever becomes of the attempts before, and adds up what comes of it. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #tally: PathTally;
  readonly #inOrder: InOrder<Answered>;
  /** All but what the tally still holds. */
  #taken: Segment | undefined;
  /** When attempt 0 is due, by the clock that nobody sets. */
  readonly #begin = performance.now();

  constructor(options: ProberOptions) {
    const { path, everyMs, timeoutMs, onAnswer, segments } = options;
    const startedAt = Date.now();
    this.#options = options;
    this.#tally = new PathTally(describePath(path), everyMs, startedAt, path.kind === 'held' ? timeoutMs : 0);
    this.#inOrder = new InOrder((answered, number) => {
      this.#tally.add(answered);
      onAnswer?.(answered, startedAt + number * everyMs);
      if (segments && this.#tally.attempts >= segments.attempts) this.#take();
    });
  }

  /** Runs until `signal` aborts, and until attempts that are under way by then have ended. */
  async run(signal: AbortSignal): Promise<void> {
    const { everyMs } = this.#options;
    const { attempt, close } = this.#asks();
    const underWay = new Set<Promise<void>>();
    for (let number = 0; !signal.aborted; ) {
      const untilDue = this.#begin + number * everyMs - performance.now();
      // An abort ends the loop, with the attempts that are under way.
      await delay(Math.max(0, untilDue), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      // What was due while this process did not run was not asked; the one that is due now is.
      const due = Math.floor((performance.now() - this.#begin) / everyMs);
      for (; number < due; number += 1) this.#inOrder.add(number, { answer: 'unknown' });
      const one = this.#once(attempt, number).finally(() => underWay.delete(one));
      underWay.add(one);
      number += 1;
    }
    await Promise.all(underWay);
    close();
    if (this.#tally.attempts > 0) this.#take();
  }

  /** Of what was told in segments so far: of all once it has ended. */
  verdict(): PathVerdict | undefined {
    return this.#taken && verdictOf(this.#taken);
  }

  #take(): void {
    const segment = this.#tally.take();
    this.#taken = this.#taken ? joinSegments(this.#taken, segment) : segment;
    this.#options.segments?.onSegment(segment);
  }

  async #once(attempt: Attempt, number: number): Promise<void> {
    const { timeoutMs, stalls } = this.#options;
    const from = performance.now();
    const error = await attempt(number, timeoutMs);
    if (error === undefined) this.#inOrder.add(number, { answer: 'ok' });
    else if (stalls.between(from, performance.now())) this.#inOrder.add(number, { answer: 'unknown' });
    else this.#inOrder.add(number, { answer: 'failed', error });
  }

  #asks(): { attempt: Attempt; close: () => void } {
    const { path, onLost } = this.#options;
    if (path.kind !== 'held') return { attempt: attempts[path.kind](path), close: () => undefined };
    const held = new HeldConnection(path, (error) => {
      this.#tally.lose();
      onLost?.(error);
    });
    return { attempt: held.attempt, close: () => held.close() };
  }
}
