import { expect } from 'vitest';
import { describeFailure, Failure } from '../../../src/model/failure.ts';

/** What a person reads, and the kind that decides what happens next. */
export interface Refusal {
  kind: string;
  message: string;
  /** All that a terminal would show. */
  shown: string;
}

/** The failure that bad input ends with: a sentence on one line, without a stack, that a terminal shows as it is. */
export async function refusalOf(read: () => unknown): Promise<Refusal> {
  const failure = await Promise.resolve()
    .then(read)
    .then(() => new Error('it was taken'))
    .catch((error: unknown) => error);
  if (!(failure instanceof Failure)) throw failure;
  expectOneSentence(failure.message);
  return { kind: failure.kind, message: failure.message, shown: describeFailure(failure) };
}

/** One line of at most 1,000 characters, with nothing that a terminal would act on. */
export function expectOneSentence(message: string): void {
  expect(message).toMatch(/^[^\p{Cc}]{1,1000}$/u);
  expect(message).not.toMatch(/^\s+at /m);
}
