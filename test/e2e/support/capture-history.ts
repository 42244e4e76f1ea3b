import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect } from 'vitest';

/** What tells about the machine, and nothing about the run. */
const withoutHost: Record<string, string> = { identity: 'worker', stackTrace: '' };

/** A worker's own task queue is named for its process and host. */
function stickyQueue(value: unknown): unknown {
  return typeof value === 'string' && /^\d+@.+-[0-9a-f]{32}$/.test(value) ? 'worker-sticky' : value;
}

/**
 * With PROXYSHIFT_CAPTURE_HISTORIES set to a folder, keeps the history of the run there, named for the test: this is how
 * the ones in test/histories/ were made (`npm run histories`). Host names and stack traces are
 * left out.
 */
export async function captureHistory(handle: WorkflowHandle): Promise<void> {
  const folder = process.env.PROXYSHIFT_CAPTURE_HISTORIES;
  if (!folder) return;
  const name = (expect.getState().currentTestName ?? 'run')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, 100);
  const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
  await mkdir(folder, { recursive: true });
  const text = JSON.stringify(history, (key, value: unknown) => withoutHost[key] ?? stickyQueue(value), 1);
  await writeFile(join(folder, `${name}.json`), `${text}\n`);
}
