/** A receiver could not be told. The message is the end of a sentence, and holds nothing that a receiver or a file said. */
export class NotTold extends Error {
  /** Whether telling it once more may help: not where the receiver has refused what it was sent. */
  readonly again: boolean;

  constructor(message: string, { again = true }: { again?: boolean } = {}) {
    super(message);
    this.again = again;
  }
}
