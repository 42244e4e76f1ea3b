import { expect, it } from 'vitest';
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

it('the worker is killed while a node is served by a stand-by: another one finds it and goes on', async () => {
  const { cluster, start, worker, startWorker } = await rehearse({
    calico: 'none',
    also: ['make-before-break'],
    timing: { connectionMs: 3_600_000 },
    entry: { rollout: { handover: 'make-before-break', drainTimeout: '5s' } },
  });
  const run = await start();
  await run.approve();
  const both = () => cluster.nodes().filter(({ ipvsInterface, nftablesTable }) => ipvsInterface && nftablesTable);
  await expect.poll(both, { timeout: 60_000 }).toHaveLength(1);
  await worker?.kill();
  await startWorker();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(cluster.nodes().map(({ outages, ipvsInterface }) => [outages, ipvsInterface])).toEqual(
    Array(5).fill([0, false]),
  );
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
