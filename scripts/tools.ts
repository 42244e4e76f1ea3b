/**
 * Finds, downloads or builds every executable that the rehearsal needs, and prints where each one is.
 *
 *     npm run tools
 */
import pc from 'picocolors';
import { describeFailure, Failure } from '../src/model/failure.ts';
import { cacheDirectory } from '../src/rehearsal/binaries/cache.ts';
import type { BinarySource } from '../src/rehearsal/binaries/resolution.ts';
import { locateBinaries } from '../src/rehearsal/binaries/resolve.ts';
import { binaryNames } from '../src/rehearsal/binaries/specs.ts';

const where: Record<BinarySource, string> = {
  explicit: 'environment variable',
  PATH: 'PATH',
  cache: 'cache',
  download: 'downloaded now',
  build: 'built now',
};

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)));
}

try {
  console.error(pc.dim(`cache: ${cacheDirectory()}`));
  const found = await locateBinaries(binaryNames, {
    onProgress: (line) => console.error(pc.dim(line)),
    signal: interrupted.signal,
  });
  const rows = binaryNames.map((name) => [name, found[name].version, where[found[name].source], found[name].path]);
  const table = [['NAME', 'VERSION', 'FOUND', 'PATH'], ...rows];
  const width = (column: number) => Math.max(...table.map((row) => row[column]?.length ?? 0));
  for (const row of table) {
    console.log(
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(width(column) + 2))).join(''),
    );
  }
} catch (error) {
  if (interrupted.signal.aborted) {
    console.error('Stopped; nothing unfinished was left in the cache.');
    process.exitCode = 130;
  } else if (error instanceof Failure) {
    console.error(pc.red(describeFailure(error)));
    process.exitCode = 2;
  } else {
    throw error;
  }
}
