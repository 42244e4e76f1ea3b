/** Calls `read` when first asked, and never again: whoever asks later gets the same promise, and so the same error. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= read();
    return answer;
  };
}

/** As `once`, for each key. */
export function memoize<Input, T>(keyOf: (input: Input) => string, read: (input: Input) => Promise<T>) {
  const answers = new Map<string, Promise<T>>();
  return (input: Input): Promise<T> => {
    const key = keyOf(input);
    const known = answers.get(key) ?? read(input);
    answers.set(key, known);
    return known;
  };
}
