import { expect, it } from 'vitest';
import { modesOf } from '../e2e/support/objects.ts';
import { rehearse } from '../e2e/support/rehearse.ts';

it('the worker is killed in the middle of a wave: another one takes over and the run ends migrated', async () => {
  const { cluster, start, worker, startWorker } = await rehearse({
    scenario: 'slow-nodes',
    nodes: 8,
    timing: { slowSyncMs: 3_000 },
  });
  const run = await start();
  await run.approve();
  await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
  await worker?.kill();
  await startWorker();
  const report = await run.ended();
  expect(report.outcome).toBe('migrated');
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
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

it('the worker is told to shut down in the middle of a wave: its step is handed to another one, not failed', async () => {
  const { cluster, start, worker, startWorker } = await rehearse({
    calico: 'none',
    scenario: 'slow-nodes',
    nodes: 6,
    timing: { slowSyncMs: 6_000 },
  });
  const run = await start();
  await run.approve();
  await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
  await worker?.stop();
  await startWorker();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
});
