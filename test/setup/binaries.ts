import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { binaryNames } from '../../src/rehearsal/binaries/specs.ts';

/** Finds or builds the servers before the first test, so that no test's time limit pays for a build. */
export async function setup(): Promise<void> {
  await resolveBinaries(binaryNames, { onProgress: (line) => process.stderr.write(`${line}\n`) });
}
