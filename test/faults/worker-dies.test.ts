import { expect, it } from 'vitest';
import type { NodeView } from '../../src/rehearsal/actors/node-software.ts';
import { modesOf } from '../e2e/support/objects.ts';
import { rehearse } from '../e2e/support/rehearse.ts';

it.each([
  ['killed', 'kill'],
  ['told to shut down', 'stop'],
] as const)(
  'the worker is %s in the middle of a wave: another one takes over and the run ends migrated',
  async (_, end) => {
    const { cluster, start, worker, startWorker } = await rehearse({
      scenario: 'slow-nodes',
      nodes: 8,
      timing: { slowSyncMs: 4_000 },
    });
    const run = await start();
    await run.approve();
    await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
    await worker?.[end]();
    await startWorker();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
  },
);

/** Steps of a hand-over with a stand-by, and by what a node shows that it is in the middle of one. */
const steps: [string, (node: NodeView) => boolean][] = [
  ['a stand-by is not in step yet', ({ standbys, nftablesTable }) => standbys.length > 0 && !nftablesTable],
  [
    'connections that IPVS carries are waited for',
    ({ ipvsInterface, nftablesTable }) => ipvsInterface && nftablesTable,
  ],
  [
    'the own kube-proxy of a node is replaced',
    ({ proxyMode, nftablesTable }) => proxyMode === undefined && nftablesTable,
  ],
  ['a stand-by is about to go', ({ proxyMode, standbys }) => proxyMode === 'nftables' && standbys.length > 0],
];

it.each(steps)(
  'the worker is killed while %s: another one goes on, and no node is without rules',
  async (_, during) => {
    const { cluster, start, worker, startWorker } = await rehearse({
      calico: 'none',
      nodes: 3,
      also: ['make-before-break'],
      timing: { firstSyncMs: 1_000, countMs: 1_000, connectionMs: 1_500 },
      entry: { rollout: { handover: 'make-before-break', drainTimeout: '30s' } },
    });
    const run = await start();
    await run.approve();
    await expect.poll(() => cluster.nodes().filter(during), { timeout: 60_000, interval: 20 }).toHaveLength(1);
    await worker?.kill();
    await startWorker();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    const served = { outages: 0, cutConnections: 0, ipvsInterface: false, nftablesTable: true, standbys: [] };
    expect(cluster.nodes()).toMatchObject(Array(3).fill(served));
  },
);

it('a node reboots while it is served by a stand-by: it comes up in the new mode, and nothing stays on it', async () => {
  const { cluster, start } = await rehearse({
    calico: 'none',
    nodes: 3,
    also: ['make-before-break'],
    timing: { connectionMs: 3_600_000 },
    entry: { rollout: { handover: 'make-before-break', drainTimeout: '5s' } },
  });
  const run = await start();
  await run.approve();
  const both = () => cluster.nodes().filter(({ ipvsInterface, nftablesTable }) => ipvsInterface && nftablesTable);
  await expect.poll(both, { timeout: 60_000 }).toHaveLength(1);
  await cluster.rebootNode(both()[0]?.name ?? '');
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(cluster.nodes()).toMatchObject(Array(3).fill({ ipvsInterface: false, nftablesTable: true, standbys: [] }));
});

it('the worker is killed in the middle of a rollback: another one ends it', async () => {
  const { cluster, start, worker, startWorker } = await rehearse({
    calico: 'none',
    nodes: 8,
    entry: { rollout: { soak: '10m' } },
  });
  const run = await start();
  await run.approve();
  await run.until('the soak', ({ phase }) => phase === 'soak');
  await run.say('rollback');
  await run.until(
    'a restart on the way back',
    ({ phase, waitingFor }) => phase === 'rollback' && waitingFor.startsWith('Restart'),
  );
  await worker?.kill();
  await startWorker();
  expect((await run.ended()).outcome).toBe('rolled-back');
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
});
