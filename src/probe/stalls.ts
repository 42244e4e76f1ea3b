/** How often it is looked whether this process runs (ms). */
const TICK_MS = 20;
/** A look that comes this much later than it should (ms) means that the process did not run. */
const LATE_MS = 60;

/** Stalls that are remembered: attempts last a few seconds at most. */
const REMEMBERED = 100;

/**
 * Knows when this process did not run: it was stopped, or the machine gave it no time. What did not come meanwhile may have come
 * for anybody else, so nobody can tell.
 */
export class Stalls {
  readonly #stalls: { from: number; to: number }[] = [];
  #last = performance.now();

  /** Looks until `signal` aborts. */
  watch(signal: AbortSignal): void {
    const timer = setInterval(() => this.#look(), TICK_MS).unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }

  /** Whether the process did not run for a while between two instants of `performance.now()`. */
  between(from: number, to: number): boolean {
    // A timer of somebody else may come before the look that would have noticed.
    this.#look();
    return this.#stalls.some((stall) => stall.from < to && stall.to > from);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#last > TICK_MS + LATE_MS) this.#stalls.push({ from: this.#last, to: now });
    if (this.#stalls.length > REMEMBERED) this.#stalls.shift();
    this.#last = now;
  }
}
