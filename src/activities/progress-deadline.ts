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
  readonly #renewals = new Set<() => void>();

  /** @param timeoutMs for one node, or without any progress */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  own(outside: AbortSignal): NodeDeadline {
    return this.#start(outside).deadline;
  }

  shared(outside: AbortSignal): NodeDeadline {
    const { deadline, renew } = this.#start(outside);
    this.#renewals.add(renew);
    return {
      ...deadline,
      get overrun() {
        return deadline.overrun;
      },
      clear: () => {
        this.#renewals.delete(renew);
        deadline.clear();
      },
    };
  }

  /** A node got there: the others that share the limit have all of it again. */
  progress(): void {
    for (const renew of this.#renewals) renew();
  }

  #start(outside: AbortSignal): { deadline: NodeDeadline; renew: () => void } {
    const late = new AbortController();
    let timer = setTimeout(() => late.abort(), this.#timeoutMs);
    const deadline = {
      signal: AbortSignal.any([outside, late.signal]),
      get overrun() {
        return late.signal.aborted && !outside.aborted;
      },
      clear: () => clearTimeout(timer),
    };
    const renew = () => {
      clearTimeout(timer);
      timer = setTimeout(() => late.abort(), this.#timeoutMs);
    };
    return { deadline, renew };
  }
}
