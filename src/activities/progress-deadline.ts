/** A time limit of one node. */
export interface NodeDeadline {
  signal: AbortSignal;
  /** The time was over; not the signal from outside. */
  readonly overrun: boolean;
  clear: () => void;
}

/** Time limits of the nodes of a wave: each its own, or one for all that begins anew whenever a node gets there. */
export class ProgressDeadline {
  readonly #timeoutMs: number;
  readonly #shared: boolean;
  readonly #renewals = new Set<() => void>();

  /**
   * @param timeoutMs for one node, or where it is shared: without any progress
   * @param shared whether the progress of one node gives the others all of it again
   */
  constructor(timeoutMs: number, { shared }: { shared: boolean }) {
    this.#timeoutMs = timeoutMs;
    this.#shared = shared;
  }

  /** Begins the time of a node. */
  start(outside: AbortSignal): NodeDeadline {
    const late = new AbortController();
    const begin = () => setTimeout(() => late.abort(), this.#timeoutMs);
    let timer = begin();
    const renew = () => {
      clearTimeout(timer);
      timer = begin();
    };
    if (this.#shared) this.#renewals.add(renew);
    return {
      signal: AbortSignal.any([outside, late.signal]),
      get overrun() {
        return late.signal.aborted && !outside.aborted;
      },
      clear: () => {
        this.#renewals.delete(renew);
        clearTimeout(timer);
      },
    };
  }

  /** A node got there. */
  progress(): void {
    for (const renew of this.#renewals) renew();
  }
}
