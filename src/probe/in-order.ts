/** Hands on what was numbered, in the order of the numbers, whatever the order in which it comes. */
export class InOrder<T> {
  readonly #waiting = new Map<number, T>();
  readonly #handOn: (value: T, number: number) => void;
  #next = 0;

  constructor(handOn: (value: T, number: number) => void) {
    this.#handOn = handOn;
  }

  /** Each number once, from 0. */
  add(number: number, value: T): void {
    this.#waiting.set(number, value);
    for (;;) {
      const value = this.#waiting.get(this.#next);
      if (value === undefined) return;
      this.#waiting.delete(this.#next);
      this.#next += 1;
      this.#handOn(value, this.#next - 1);
    }
  }
}
