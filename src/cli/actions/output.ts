import { onShutdownSignal } from '../../worker/shutdown-signals.ts';

/** Prints the one JSON document of a command. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Ctrl-C ends what is watched, not the run: it goes on in Temporal. Returns the exit code. */
export async function interruptible(action: (signal: AbortSignal) => Promise<number>): Promise<number> {
  using interrupted = onShutdownSignal(() => process.stderr.write('\nStopped watching; the run goes on.\n'));
  try {
    return await action(interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return interrupted.exitCode;
    throw error;
  }
}
