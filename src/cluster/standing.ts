/** Tells when something has been so for long enough, without a break. */
export class Standing implements Disposable {
  readonly #holdMs: number;
  readonly #long = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  /** @param holdMs 0: at once (ms) */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** Aborts when it has. */
  get signal(): AbortSignal {
    return this.#long.signal;
  }

  /** To be told whenever it may have changed. */
  is(so: boolean): void {
    if (!so) this[Symbol.dispose]();
    else if (this.#holdMs === 0) this.#long.abort();
    else this.#timer ??= setTimeout(() => this.#long.abort(), this.#holdMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
