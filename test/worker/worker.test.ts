import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { type StartedTemporal, startTemporal } from '../../src/rehearsal/temporal-server.ts';
import { WORKER_RUNS } from '../../src/worker/log.ts';
import { runWorker, type WorkerOptions } from '../../src/worker.ts';
import { freePort } from './support/free-port.ts';

let temporal: StartedTemporal;
let folder: string;
let clusters: string;

beforeAll(async () => {
  const { temporal: binary } = await resolveBinaries(['temporal']);
  temporal = await startTemporal({ binary });
  folder = await mkdtemp(join(tmpdir(), 'proxyshift-worker-'));
  clusters = join(folder, 'clusters.yaml');
  await writeFile(clusters, 'apiVersion: proxyshift.dev/v1\ntaskQueue: from-the-file\nclusters: {}\n');
});
afterAll(async () => {
  await temporal.stop();
  await rm(folder, { recursive: true });
});

/** A worker that polls, until the test is done with it. */
async function started(options: Partial<WorkerOptions> = {}) {
  const stop = new AbortController();
  const lines: Record<string, unknown>[] = [];
  const polls = Promise.withResolvers<void>();
  const log = pino(
    { level: 'info' },
    {
      write: (line: string) => {
        lines.push(JSON.parse(line));
        if (line.includes(WORKER_RUNS)) polls.resolve();
      },
    },
  );
  const ended = runWorker({
    clusters,
    address: temporal.address,
    signal: stop.signal,
    shutdownGrace: 500,
    log,
    ...options,
  });
  await Promise.race([polls.promise, ended]);
  return {
    lines,
    ended,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await ended;
    },
  };
}

describe('a worker', () => {
  it('is healthy while it polls, counts, and says where it polls', async () => {
    const healthPort = await freePort();
    {
      await using worker = await started({ healthPort });
      const health = await fetch(`http://127.0.0.1:${healthPort}/healthz`);
      expect(health.status).toBe(200);
      expect(await health.json()).toEqual({ state: 'RUNNING' });
      const metrics = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
      expect(metrics).toContain('proxyshift_worker_state{state="RUNNING"} 1');
      expect(metrics).toContain('# TYPE proxyshift_api_requests_total counter');
      expect(metrics).toContain('proxyshift_temporal_up 1');
      expect((await fetch(`http://127.0.0.1:${healthPort}/secrets`)).status).toBe(404);
      expect((await fetch(`http://127.0.0.1:${healthPort}/healthz`, { method: 'POST' })).status).toBe(405);
      expect(worker.lines).toContainEqual(expect.objectContaining({ msg: WORKER_RUNS, taskQueue: 'from-the-file' }));
    }
    await expect(fetch(`http://127.0.0.1:${healthPort}/healthz`)).rejects.toThrow();
  });

  it('registers the search attributes that runs need', async () => {
    await using _worker = await started();
    const connection = await Connection.connect({ address: temporal.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    await connection.close();
    expect(Object.keys(customAttributes ?? {})).toEqual(
      expect.arrayContaining(['ProxyshiftCluster', 'ProxyshiftPhase', 'ProxyshiftTargetMode', 'ProxyshiftOutcome']),
    );
  });

  it('does not start twice on one port', async () => {
    const healthPort = await freePort();
    await using _first = await started({ healthPort });
    await expect(started({ healthPort })).rejects.toThrow(/the port is in use/);
  });

  it('does not start in a namespace that there is not', async () => {
    await expect(started({ namespace: 'gone' })).rejects.toThrow(/has no namespace "gone"/);
  });

  it('does not start with a clusters file that is broken', async () => {
    const broken = join(folder, 'broken.yaml');
    await writeFile(broken, 'clusters: [');
    await expect(started({ clusters: broken })).rejects.toThrow(/is not valid YAML/);
  });
});
