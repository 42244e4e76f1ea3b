import { defineConfig } from 'vitest/config';

/** Real servers are shared by the tests of a file and there are two cores: files run one after the other. */
const serial = { fileParallelism: false, maxWorkers: 1 };

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
          ...serial,
        },
      },
      {
        test: {
          name: 'faults',
          globalSetup: ['test/setup/temporal.ts'],
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...serial,
        },
      },
    ],
  },
});
