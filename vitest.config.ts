import { defineConfig } from 'vitest/config';

/** Its tests keep a core busy, and some of them watch real sockets by the clock: one file after the other. */
const serial = { fileParallelism: false, maxWorkers: 1 };

/** Each file has its own cluster, task queue and worker, and waits more than it works: two of them keep two cores busy. */
const inPairs = { maxWorkers: 2 };

export default defineConfig({
  test: {
    globalSetup: ['test/setup/binaries.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/faults/**'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
          ...serial,
        },
      },
      {
        test: {
          name: 'e2e',
          globalSetup: ['test/setup/temporal.ts'],
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
          ...inPairs,
        },
      },
      {
        test: {
          name: 'faults',
          globalSetup: ['test/setup/temporal.ts'],
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 2 },
          ...inPairs,
        },
      },
    ],
  },
});
