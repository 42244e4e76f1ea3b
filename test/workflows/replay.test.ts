import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { bundleWorkflows } from '../../src/worker/workflow-bundle.ts';

Runtime.install({ logger: new DefaultLogger('ERROR') });

const folder = join(import.meta.dirname, '..', 'histories');

it('every stored history replays: a run that is open when the worker is upgraded goes on', async () => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  expect(files.length).toBeGreaterThanOrEqual(4);
  const histories = await Promise.all(
    files.map(async (name) => ({ workflowId: name, history: JSON.parse(await readFile(join(folder, name), 'utf8')) })),
  );
  const workflowBundle = await bundleWorkflows(new DefaultLogger('ERROR'));
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    if (error) failed.push(`${workflowId}: ${error.message}`);
  }
  expect(failed).toEqual([]);
});
