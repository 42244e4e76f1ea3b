import { createInterface } from 'node:readline/promises';
import { colorsFor } from '../colors.ts';

export interface ConfirmOptions {
  /** Where the question is asked. */
  stream: NodeJS.WriteStream;
  signal?: AbortSignal;
}

/** Asks at the terminal. Anything but a yes is a no, the end of input too. */
export async function confirm(question: string, { stream, signal }: ConfirmOptions): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: stream });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  // With readline open, Ctrl-C arrives here instead of at the process.
  terminal.once('SIGINT', () => {
    terminal.close();
    process.kill(process.pid, 'SIGINT');
  });
  try {
    const either = signal ? AbortSignal.any([signal, closed.signal]) : closed.signal;
    const answer = await terminal.question(`${colorsFor(stream).bold(question)} [y/N] `, { signal: either });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    signal?.throwIfAborted();
    if (closed.signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
