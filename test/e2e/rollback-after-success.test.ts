import { describe, expect, inject, it } from 'vitest';
import { acquireLock, lockLease, readLock } from '../../src/cluster/lock.ts';
import { mergePatch, readObject } from '../../src/cluster/objects.ts';
import { felixConfigurationDefault, installation } from '../../src/cluster/refs.ts';
import { listSnapshots } from '../../src/cluster/snapshot/find.ts';
import { reportSchema } from '../../src/model/report.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { captureHistory } from './support/capture-history.ts';
import { type Migrated, migrated } from './support/migrated.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { APPROVER, REQUESTER, type RehearseOptions } from './support/rehearse.ts';

const allIn = (mode: string) => new Set([mode]);

interface AtTerminal extends Migrated {
  /** The command line, as a person at a terminal elsewhere uses it. */
  proxyshift: (...args: string[]) => ReturnType<typeof runCli>;
  /** Keeps the history of the newest run, where that is asked for. */
  capture: () => Promise<void>;
}

async function migratedAtTerminal(options?: RehearseOptions): Promise<AtTerminal> {
  const done = await migrated(options);
  const env = { TEMPORAL_ADDRESS: inject('temporalAddress'), PROXYSHIFT_CLUSTERS: done.clustersFile };
  const { client, workflowId } = done.run.handle;
  const capture = () => captureHistory(client.getHandle(workflowId));
  return { ...done, capture, proxyshift: (...args) => runCli(args, env) };
}

/** The plan's hash, as soon as the run waits for an approval. */
async function offered({ cluster, proxyshift }: AtTerminal): Promise<string> {
  let hash: string | undefined;
  await expect
    .poll(
      async () => {
        const { phase, planHash } = JSON.parse((await proxyshift('status', cluster.name, '-o', 'json')).stdout);
        hash = planHash;
        return phase;
      },
      { timeout: 60_000 },
    )
    .toBe('approval');
  return hash ?? '';
}

describe('proxyshift rollback, after the run has ended', () => {
  it.each([
    { calico: 'operator', calicoVersion: '3.31' },
    { calico: 'operator', calicoVersion: '3.32' },
    { calico: 'manifest', calicoVersion: '3.31' },
  ] as const)(
    'takes a cluster with Calico $calicoVersion by $calico back, with a plan and an approval',
    async (options) => {
      const done = await migratedAtTerminal(options);
      const { cluster, before, proxyshift, capture } = done;
      const admin = await asAdmin(cluster);
      const writes = (await cluster.auditWrites(workerUser)).length;
      const started = await proxyshift('rollback', cluster.name, '--as', REQUESTER, '-o', 'json');
      expect(started, started.stderr).toMatchObject({ code: 0 });
      const planHash = await offered(done);
      expect(await proxyshift('rollback', cluster.name, '--snapshot', 'another')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('A run is open'),
      });
      expect(await proxyshift('rollback', cluster.name)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('this run is a rollback'),
      });

      const plan = (await proxyshift('plan', cluster.name, '-o', 'markdown')).stdout;
      expect(plan).toContain('nftables → ipvs');
      expect(plan).toMatch(/^[-]\s+mode: nftables$/m);
      expect(plan).toMatch(/^[+]\s+mode: ipvs$/m);
      expect(plan).toContain('proxyshift-snapshot-');
      expect(await cluster.auditWrites(workerUser)).toHaveLength(writes);
      // The rules of approvals are those of a migration.
      const approve = (as: string) => proxyshift('approve', cluster.name, '--plan-hash', planHash, '--as', as);
      expect(await approve(REQUESTER)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('asked for this run'),
      });
      expect(await approve(APPROVER)).toMatchObject({ code: 0 });

      const ended = await proxyshift('status', cluster.name, '--watch');
      expect(ended, ended.stderr + ended.stdout).toMatchObject({ code: 3 });
      await capture();
      const report = reportSchema.parse(JSON.parse((await proxyshift('report', cluster.name, '-o', 'json')).stdout));
      expect(report).toMatchObject({ outcome: 'rolled-back', requester: REQUESTER, planHash });
      expect(report.nodes.map(({ mode, synced }) => [mode, synced])).toEqual(Array(5).fill(['ipvs', true]));
      expect(await objectsOf(cluster)).toEqual(before);
      expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
      expect(cluster.nodes().every(({ felixNftables }) => felixNftables === false)).toBe(true);
      const steps = report.steps.map(({ what }) => what);
      expect(steps.findIndex((what) => what.includes('Calico'))).toBeLessThan(
        steps.findIndex((what) => what.includes('canary, back to ipvs')),
      );
      expect(await readObject(admin, lockLease)).toBeUndefined();
      // What it found before it began is saved too; the snapshot of the migration is as it was.
      expect((await listSnapshots(admin)).map((listed) => 'snapshot' in listed && listed.snapshot.run.kind)).toEqual([
        'rollback',
        'migration',
      ]);
    },
  );

  it('ends with nothing to do where all is as it was; a rejected one writes nothing', async () => {
    const done = await migratedAtTerminal({ calico: 'none', nodes: 3 });
    const { cluster, before, proxyshift } = done;
    const writes = (await cluster.auditWrites(workerUser)).length;
    await proxyshift('rollback', cluster.name, '--as', REQUESTER);
    await offered(done);
    expect(await proxyshift('reject', cluster.name, '--as', APPROVER)).toMatchObject({ code: 0 });
    expect(await proxyshift('status', cluster.name, '--watch')).toMatchObject({ code: 4 });
    expect(await cluster.auditWrites(workerUser)).toHaveLength(writes);

    await proxyshift('rollback', cluster.name, '--as', REQUESTER);
    const planHash = await offered(done);
    await proxyshift('approve', cluster.name, '--plan-hash', planHash, '--as', APPROVER);
    expect(await proxyshift('status', cluster.name, '--watch')).toMatchObject({ code: 3 });
    expect(await objectsOf(cluster)).toEqual(before);

    const again = await proxyshift('rollback', cluster.name, '--as', REQUESTER, '--wait', '-o', 'json');
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'nothing-to-do' });
  });

  it('shows what others have changed since, takes a dead holder over where that was approved, and says so', async () => {
    const done = await migratedAtTerminal({ nodes: 3 });
    const { cluster, before, proxyshift } = done;
    const admin = await asAdmin(cluster);
    await mergePatch(admin, installation, { metadata: { labels: { 'example.com/team': 'net' } } });
    const gone = 'proxyshift/gone/run';
    await acquireLock(admin, { holder: gone, requester: 'lin@example.com' }, new Date());

    const blocked = await proxyshift('rollback', cluster.name, '--as', REQUESTER, '--wait', '-o', 'json');
    expect(blocked).toMatchObject({ code: 1 });
    expect(JSON.parse(blocked.stdout).report.findings).toMatchObject([
      { code: 'PXS008', severity: 'blocker', command: expect.stringContaining(gone) },
    ]);

    await proxyshift('rollback', cluster.name, '--as', REQUESTER, '--take-over', gone);
    const planHash = await offered(done);
    const plan = (await proxyshift('plan', cluster.name, '-o', 'markdown')).stdout;
    expect(plan).toContain('example.com/team: net');
    expect(plan).toContain(`taken over from ${gone}`);
    expect(await readLock(admin)).toMatchObject({ holder: gone });
    await proxyshift('approve', cluster.name, '--plan-hash', planHash, '--as', APPROVER);
    expect(await proxyshift('status', cluster.name, '--watch')).toMatchObject({ code: 3 });
    const report = reportSchema.parse(JSON.parse((await proxyshift('report', cluster.name, '-o', 'json')).stdout));
    expect(report.remarks.join()).toContain(gone);
    expect(await objectsOf(cluster)).toEqual(before);
    expect(await readObject(admin, lockLease)).toBeUndefined();
    expect(await readObject(admin, felixConfigurationDefault)).toMatchObject({ spec: { nftablesMode: 'Disabled' } });
  });
});
