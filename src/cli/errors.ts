import { colorsFor } from './colors.ts';

/** Prints an error as a person reads it, on standard error, and returns the exit code: 2, could not run. */
export async function reportError(error: unknown): Promise<number> {
  const { EXIT_COULD_NOT_RUN } = await import('../model/outcome.ts');
  const colors = colorsFor(process.stderr);
  process.stderr.write(`${colors.red('error:')} ${await describeError(error)}\n`);
  if (process.env.PROXYSHIFT_DEBUG === '1' && error instanceof Error) process.stderr.write(`${stackOf(error)}\n`);
  return EXIT_COULD_NOT_RUN;
}

/** One sentence, the object and what to do, where the error has them. */
export async function describeError(error: unknown): Promise<string> {
  const { Failure, describeFailure } = await import('../model/failure.ts');
  if (error instanceof Failure) return describeFailure(error);
  const said = error instanceof Error ? error.message : String(error);
  return `${said}\n  This error was not expected: run it again with PROXYSHIFT_DEBUG=1 to see where it came from.`;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
