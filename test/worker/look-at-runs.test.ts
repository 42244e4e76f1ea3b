import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { workflowIdOf } from '../../src/model/request.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import { startHealthServer } from '../../src/worker/health-server.ts';
import { lookAtRuns } from '../../src/worker/look-at-runs.ts';
import { workerMetrics } from '../../src/worker/metrics.ts';
import { runMetrics } from '../../src/worker/run-metrics.ts';
import { loadWorkflowBundle } from '../../src/worker/workflow-bundle.ts';
import { plan, planHash } from '../cli/fixtures.ts';
import { type TemporalWithWorker, temporalWithWorker } from '../support/temporal-with-worker.ts';
import { freePort } from './support/free-port.ts';
import { parseOpenMetrics } from './support/parse-open-metrics.ts';

const activities: Pick<MigrationSteps, 'preflight'> = {
  preflight: async ({ cluster }) => {
    const finding = (message: string) => ({ code: 'PXS003', severity: 'blocker' as const, message, objects: [] });
    if (cluster === 'old') return { verdict: 'blocked', findings: [finding('one'), finding('another')] };
    const named = { ...plan, cluster: { ...plan.cluster, name: cluster } };
    return { verdict: 'ready', findings: [], plan: named, hash: planHash };
  },
};

let server: TemporalWithWorker;
beforeAll(async () => {
  const workflowBundle = await loadWorkflowBundle(new DefaultLogger('ERROR'));
  server = await temporalWithWorker({ taskQueue: 'metrics', activities, workflowBundle });
});
afterAll(() => server.stop());

async function start(cluster: string) {
  const { client } = server;
  const workflowId = workflowIdOf(cluster);
  const args = [{ cluster, requester: 'ada' }];
  const handle = await client.workflow.start('migrateCluster', { workflowId, taskQueue: 'metrics', args });
  if (cluster === 'old') await handle.result();
  return handle;
}

it('a scrape of the worker shows open runs with what they wait for, and how the last one of each cluster ended', async () => {
  const { client } = server;
  await start('old');
  const waiting = await start('waiting');
  const rejected = await start('rejected');
  for (const handle of [waiting, rejected]) {
    await expect.poll(() => handle.query('progress')).toMatchObject({ phase: 'approval', gate: 'plan' });
  }
  await rejected.executeUpdate('reject', { args: [{ by: 'grace' }] });
  await rejected.result();

  const { registry } = workerMetrics(() => 'RUNNING');
  runMetrics(registry, lookAtRuns(client, 'metrics'), { freshMs: 0 });
  const port = await freePort();
  await using _health = await startHealthServer({ host: '127.0.0.1', port, state: () => 'RUNNING', registry });
  const scrape = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      // As Prometheus 3 asks.
      headers: { accept: 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4,*/*;q=0.1' },
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    return parseOpenMetrics(await response.text()).filter(({ name }) => /^proxyshift_(run|last|block|appr)/.test(name));
  };
  // Temporal's visibility follows what has happened in its own time.
  await expect.poll(async () => (await scrape()).map(({ labels }) => labels.outcome)).toContain('rejected');
  const samples = await scrape();
  const values = (name: string) => samples.filter((one) => one.name === name).map(({ labels }) => labels);
  expect(values('proxyshift_runs')).toEqual([{ cluster: 'waiting', phase: 'approval' }]);
  expect(values('proxyshift_approval_waiting_seconds')).toEqual([{ cluster: 'waiting', gate: 'plan' }]);
  expect(values('proxyshift_run_waits_for_person')).toEqual([{ cluster: 'waiting', reason: 'approval' }]);
  expect(values('proxyshift_last_run_ended_timestamp_seconds')).toEqual(
    expect.arrayContaining([
      { cluster: 'rejected', outcome: 'rejected' },
      { cluster: 'old', outcome: 'blocked' },
    ]),
  );
  expect(samples).toContainEqual({ name: 'proxyshift_blockers', labels: { cluster: 'old', code: 'PXS003' }, value: 2 });
  expect(samples).toContainEqual({
    name: 'proxyshift_run_nodes',
    labels: { cluster: 'waiting', state: 'to_do' },
    value: 4,
  });
  expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain('# TYPE proxyshift_runs gauge');
});

it('runs of another task queue are the matter of other workers', async () => {
  expect(await lookAtRuns(server.client, 'another "queue"')()).toEqual({ open: [], ended: [] });
});
