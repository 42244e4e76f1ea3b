/** Prints the one JSON document of a command. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Exit code after Ctrl-C, as shells have it: 128 + SIGINT. */
const INTERRUPTED = 130;

/** Ctrl-C ends what is watched, not the run: it goes on in Temporal. */
export async function interruptible<T>(action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () => {
    process.stderr.write('\nStopped watching; the run goes on.\n');
    controller.abort();
    // What is left is a connection that nobody needs any more.
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', interrupt);
  try {
    return await action(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
  }
}
