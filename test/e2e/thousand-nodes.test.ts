import { expect, it } from 'vitest';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { modesOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

const NODES = 1_000;

it('a thousand nodes: every one proven, in waves that grow, with few requests and a small history', async () => {
  const { cluster, start } = await rehearse({
    nodes: NODES,
    calico: 'none',
    entry: { rollout: { maxUnavailable: '10%', nodeTimeout: '2m' } },
  });
  const run = await start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(report.leftBehind).toEqual([]);
  expect(report.nodes).toHaveLength(NODES);
  expect(report.nodes.every(({ mode, synced }) => mode === 'nftables' && synced === true)).toBe(true);
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
  const sizes = report.plan?.kubeProxy.waves.map((wave) => wave.length) ?? [];
  expect(sizes.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 100, 100]);

  const requests = (await cluster.requests()).filter(({ user }) => user === workerUser);
  const total = requests.reduce((sum, { count }) => sum + count, 0);
  // One look before, one deletion, one port-forward until it has synced, one look at the end; the rest is lists and watches.
  expect(total / NODES, JSON.stringify(requests)).toBeLessThan(6);
  const { historyLength, historySize = 0 } = await run.handle.describe();
  expect(historyLength).toBeLessThan(1_000);
  expect(historySize).toBeLessThan(1024 * 1024);
});
