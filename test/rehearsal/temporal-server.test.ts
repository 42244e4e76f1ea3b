import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { Failure } from '../../src/model/failure.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { type StartTemporalOptions, startTemporal } from '../../src/rehearsal/temporal-server.ts';

const clusterKey = defineSearchAttributeKey('ProxyshiftCluster', SearchAttributeType.KEYWORD);
let binary: string;

beforeAll(async () => {
  binary = (await resolveBinaries(['temporal'], { onProgress: console.error })).temporal;
}, 900_000);

/** A server that is gone when the test is. */
async function started(options: Partial<StartTemporalOptions> = {}) {
  const server = await startTemporal({ binary, ...options });
  onTestFinished(() => server.stop());
  return server;
}

test('a workflow with its search attribute starts at once, and is listed by it', { timeout: 60_000 }, async () => {
  const server = await started({ namespace: 'rehearsal', searchAttributes: [clusterKey] });
  expect(server.version).toMatch(/^\d+\.\d+/);
  const connection = await Connection.connect({ address: server.address });
  onTestFinished(() => connection.close());
  const client = new Client({ connection, namespace: server.namespace });
  await client.workflow.start('migrate', {
    workflowId: 'proxyshift/rehearsal',
    taskQueue: 'nobody',
    typedSearchAttributes: [{ key: clusterKey, value: 'rehearsal' }],
  });
  const { typedSearchAttributes } = await client.workflow.getHandle('proxyshift/rehearsal').describe();
  expect(typedSearchAttributes.get(clusterKey)).toBe('rehearsal');
});

test('the UI is served', { timeout: 60_000 }, async () => {
  const server = await started();
  const page = await fetch(server.uiUrl);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<html');
});

test('stop ends the process, and can be called twice', { timeout: 60_000 }, async () => {
  const server = await started();
  await Promise.all([server.stop(), server.stop()]);
  expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
});

test('state survives in a data file, with the search attributes named again', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-temporal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const options = { dataFile: join(folder, 'temporal.db'), searchAttributes: [clusterKey] };
  const first = await started(options);
  const connection = await Connection.connect({ address: first.address });
  await new Client({ connection }).workflow.start('migrate', { workflowId: 'kept', taskQueue: 'nobody' });
  await connection.close();
  await first.stop();

  const second = await started(options);
  const again = await Connection.connect({ address: second.address });
  onTestFinished(() => again.close());
  const description = await new Client({ connection: again }).workflow.getHandle('kept').describe();
  expect(description.status.name).toBe('RUNNING');
});

test("a port that is taken: the error quotes the server's last lines", { timeout: 60_000 }, async () => {
  const server = await started();
  const port = Number(server.address.split(':')[1]);
  const error = await startTemporal({ binary, port }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({
    kind: 'Unhealthy',
    message: "Temporal's dev server ended with 1 before it answered.",
    details: { hint: expect.stringContaining('address already in use') },
  });
});

test('an aborted start leaves no server', { timeout: 60_000 }, async () => {
  const interrupted = new AbortController();
  const reason = new Error('Ctrl-C');
  const starting = startTemporal({
    binary,
    signal: interrupted.signal,
    onProgress: () => interrupted.abort(reason),
  });
  await expect(starting).rejects.toBe(reason);
});

test('a server that never answers is given up on, and ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-temporal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const mute = join(folder, 'temporal');
  await writeFile(mute, `#!/bin/sh\necho $$ > ${folder}/pid\necho still thinking >&2\nexec sleep 600\n`, {
    mode: 0o755,
  });
  const error = await startTemporal({ binary: mute, timeout: 500 }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    message: expect.stringMatching(/did not answer at 127\.0\.0\.1:\d+ within 0\.5 s/),
    details: { hint: expect.stringContaining('still thinking') },
  });
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
