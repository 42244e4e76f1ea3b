import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { Runs } from '../../src/worker/look-at-runs.ts';
import { workerMetrics } from '../../src/worker/metrics.ts';
import { toOpenMetrics } from '../../src/worker/open-metrics.ts';
import { runMetrics } from '../../src/worker/run-metrics.ts';
import { progress } from '../cli/fixtures.ts';
import { parseOpenMetrics } from './support/parse-open-metrics.ts';

const runs: Runs = {
  open: [
    {
      cluster: 'prod-1',
      phase: 'kube-proxy',
      startedAt: new Date(1_000_000),
      progress: {
        ...progress,
        nodes: { total: 10, done: 4, leftBehind: 1 },
        paused: true,
        longestGap: { node: 'node-02', path: 'held', ms: 1_300 },
      },
    },
    {
      cluster: 'prod-2',
      phase: 'approval',
      startedAt: new Date(1_000_000),
      progress: { ...progress, paused: false, gate: 'plan', gateSince: new Date(Date.now() - 90_000).toISOString() },
    },
    { cluster: 'prod-3', phase: 'rollback-stuck', startedAt: new Date(1_000_000) },
  ],
  ended: [
    { cluster: 'prod-1', outcome: 'blocked', endedAt: new Date(2_000_000), blockers: { PXS003: 2 } },
    { cluster: 'prod-4', outcome: 'blocked', endedAt: new Date(3_000_000), blockers: { PXS001: 1, PXS003: 3 } },
  ],
};

async function scrape(registry: Registry) {
  const samples = parseOpenMetrics(toOpenMetrics(await registry.metrics()));
  return (name: string): Record<string, string | number>[] =>
    samples.filter((sample) => sample.name === name).map(({ labels, value }) => ({ ...labels, value }));
}

describe('what is known of runs', () => {
  it('phases, nodes, blockers, what was lost, and what waits for people and for how long', async () => {
    const registry = new Registry();
    runMetrics(registry, async () => runs);
    const of = await scrape(registry);
    expect(of('proxyshift_temporal_up')).toEqual([{ value: 1 }]);
    expect(of('proxyshift_runs')).toEqual([
      { cluster: 'prod-1', phase: 'kube-proxy', value: 1 },
      { cluster: 'prod-2', phase: 'approval', value: 1 },
      { cluster: 'prod-3', phase: 'rollback-stuck', value: 1 },
    ]);
    expect(of('proxyshift_run_nodes').filter(({ cluster }) => cluster === 'prod-1')).toEqual([
      { cluster: 'prod-1', state: 'done', value: 4 },
      { cluster: 'prod-1', state: 'left_behind', value: 1 },
      { cluster: 'prod-1', state: 'to_do', value: 5 },
    ]);
    expect(of('proxyshift_run_waits_for_person')).toEqual([
      { cluster: 'prod-1', reason: 'resume', value: 1 },
      { cluster: 'prod-2', reason: 'approval', value: 1 },
      { cluster: 'prod-3', reason: 'rollback', value: 1 },
    ]);
    const [waiting, ...others] = of('proxyshift_approval_waiting_seconds');
    expect(others).toEqual([]);
    expect(waiting).toMatchObject({ cluster: 'prod-2', gate: 'plan' });
    expect(waiting?.value).toBeGreaterThanOrEqual(90);
    expect(of('proxyshift_longest_gap_seconds'), 'of runs that lost something, without the node').toEqual([
      { cluster: 'prod-1', path: 'held', value: 1.3 },
    ]);
    expect(of('proxyshift_last_run_ended_timestamp_seconds')).toEqual([
      { cluster: 'prod-1', outcome: 'blocked', value: 2_000 },
      { cluster: 'prod-4', outcome: 'blocked', value: 3_000 },
    ]);
    expect(of('proxyshift_blockers'), 'none of a cluster with a run that is open').toEqual([
      { cluster: 'prod-4', code: 'PXS001', value: 1 },
      { cluster: 'prod-4', code: 'PXS003', value: 3 },
    ]);
  });

  it('scrapes at the same time, and soon after one another, ask Temporal once', async () => {
    let asked = 0;
    const registry = new Registry();
    runMetrics(registry, async () => {
      asked += 1;
      return runs;
    });
    await Promise.all([registry.metrics(), registry.metrics()]);
    await registry.metrics();
    expect(asked).toBe(1);
  });

  it('what has ended is not shown any more', async () => {
    let now = runs;
    const registry = new Registry();
    runMetrics(registry, async () => now, { freshMs: 0 });
    expect((await scrape(registry))('proxyshift_runs')).toHaveLength(3);
    now = { open: [], ended: runs.ended };
    const of = await scrape(registry);
    expect(of('proxyshift_runs')).toEqual([]);
    expect(of('proxyshift_blockers')).toHaveLength(3);
  });

  it('a Temporal that cannot be asked, or hangs, breaks no scrape: what was seen last stays', async () => {
    const looks = [
      async () => runs,
      async () => {
        throw new Error('14 UNAVAILABLE');
      },
      () => new Promise<Runs>(() => undefined),
    ];
    const registry = new Registry();
    const look = () => looks.shift()?.() ?? Promise.reject(new Error('asked once more than expected'));
    runMetrics(registry, look, { freshMs: 0, patienceMs: 50 });
    expect((await scrape(registry))('proxyshift_temporal_up')).toEqual([{ value: 1 }]);
    for (const state of ['fails', 'hangs']) {
      const of = await scrape(registry);
      expect(of('proxyshift_temporal_up'), state).toEqual([{ value: 0 }]);
      expect(of('proxyshift_runs'), state).toHaveLength(3);
    }
  });
});

describe('OpenMetrics', () => {
  it('all of it is, and the names of the other format stay as they are', async () => {
    const { registry, onRequest, onTold } = workerMetrics(() => 'RUNNING');
    onRequest({ cluster: 'a"b\\c', method: 'GET', path: '/', status: 200, ms: 5 });
    onTold({ receiver: 'chat', event: 'done', result: 'told' });
    const before = await registry.metrics();
    const samples = parseOpenMetrics(toOpenMetrics(before));
    expect(samples).toContainEqual({
      name: 'proxyshift_notifications_total',
      labels: { receiver: 'chat', event: 'done', result: 'told' },
      value: 1,
    });
    expect(samples.find(({ name }) => name === 'proxyshift_api_requests_total')?.labels.cluster).toBe('a\\"b\\\\c');
    expect(await registry.metrics()).toContain('# TYPE proxyshift_notifications_total counter');
  });
});
