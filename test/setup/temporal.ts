import type { TestProject } from 'vitest/node';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { startTemporal } from '../../src/rehearsal/temporal-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` of the Temporal dev server that all end-to-end tests share. */
    temporalAddress: string;
  }
}

/** One Temporal for all end-to-end tests; each test has a task queue and clusters of its own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binaries = await resolveBinaries(['temporal'], { onProgress: (line) => process.stderr.write(`${line}\n`) });
  const temporal = await startTemporal({ binary: binaries.temporal });
  project.provide('temporalAddress', temporal.address);
  return () => temporal.stop();
}
