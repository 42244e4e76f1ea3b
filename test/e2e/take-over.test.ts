import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, it, onTestFinished } from 'vitest';
import { readLock } from '../../src/cluster/lock.ts';
import { reportSchema } from '../../src/model/report.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { leftHalfWay } from './support/left-half-way.ts';
import { asAdmin, modesOf } from './support/objects.ts';
import { APPROVER, REQUESTER } from './support/rehearse.ts';
import { startWorker } from './support/worker-process.ts';

it('a run of another Temporal finishes what a dead one began, once its holder is named and that is approved', async () => {
  const { cluster, clustersFile, holder } = await leftHalfWay({ calico: 'none' });
  const address = inject('temporalAddress');
  const logFile = join(tmpdir(), `${cluster.name}-take-over.log`);
  const worker = await startWorker({ address, clusters: clustersFile, logFile });
  onTestFinished(() => worker.stop());
  const env = { TEMPORAL_ADDRESS: address, PROXYSHIFT_CLUSTERS: clustersFile };
  const proxyshift = (...args: string[]) => runCli(args, env);
  const start = (...args: string[]) => proxyshift('start', cluster.name, '--requester', REQUESTER, ...args);

  const blocked = await start('--wait', '-o', 'json');
  expect(blocked, blocked.stderr).toMatchObject({ code: 1 });
  const [finding] = JSON.parse(blocked.stdout).report.findings;
  expect(finding).toMatchObject({ code: 'PXS008', severity: 'blocker', message: expect.stringContaining(holder) });
  // The command that the finding gives.
  expect(finding.command).toBe(`proxyshift start ${cluster.name} --take-over '${holder}'`);
  expect(await start('--take-over', holder)).toMatchObject({ code: 0 });

  let planHash = '';
  await expect
    .poll(
      async () => {
        const progress = JSON.parse((await proxyshift('status', cluster.name, '-o', 'json')).stdout);
        planHash = progress.planHash;
        return progress.phase;
      },
      { timeout: 60_000 },
    )
    .toBe('approval');
  const plan = (await proxyshift('plan', cluster.name, '-o', 'markdown')).stdout;
  expect(plan).toContain(`taken over from ${holder}, said to be gone for good`);
  expect(await readLock(await asAdmin(cluster)), 'nothing is written before the approval').toMatchObject({ holder });
  expect(await proxyshift('approve', cluster.name, '--plan-hash', planHash, '--as', APPROVER)).toMatchObject({
    code: 0,
  });
  expect(await proxyshift('status', cluster.name, '--watch')).toMatchObject({ code: 0 });

  const report = reportSchema.parse(JSON.parse((await proxyshift('report', cluster.name, '-o', 'json')).stdout));
  expect(report).toMatchObject({ outcome: 'migrated', plan: { takeOverLock: holder } });
  expect(report.remarks.join()).toContain(`taken over from ${holder}`);
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
  expect(await readLock(await asAdmin(cluster))).toBeUndefined();
});
