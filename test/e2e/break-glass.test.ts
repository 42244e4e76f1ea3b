import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connect } from '../../src/cluster/connect.ts';
import { acquireLock, lockLease, readLock, releaseLock } from '../../src/cluster/lock.ts';
import { createObject, mergePatch, type ObjectRef, readObject } from '../../src/cluster/objects.ts';
import { reviewPermissions } from '../../src/cluster/permissions.ts';
import { kubeProxyConfigMap } from '../../src/cluster/refs.ts';
import { listSnapshots } from '../../src/cluster/snapshot/find.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { leftHalfWay } from './support/left-half-way.ts';
import { type Migrated, migrated } from './support/migrated.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { REQUESTER, type RehearseOptions, rehearse } from './support/rehearse.ts';
import { runRestoreScript } from './support/restore-script.ts';

const role: ObjectRef = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  plural: 'roles',
  namespace: 'kube-system',
  name: 'proxyshift',
};
const roleSchema = z.looseObject({ rules: z.array(z.looseObject({ resourceNames: z.array(z.string()).optional() })) });
const patchConfig = { group: '', resource: 'configmaps', namespace: 'kube-system', name: 'kube-proxy', verb: 'patch' };

const allIn = (mode: string) => new Set([mode]);

/** A migration that has ended well, and whose worker is gone. */
async function migratedLongAgo(options?: RehearseOptions): Promise<Migrated & { snapshot: string }> {
  const done = await migrated(options);
  await done.worker?.stop();
  return { ...done, snapshot: done.report.snapshot?.name ?? '' };
}

describe('restore.sh, with kubectl alone', () => {
  it('undoes a run whose worker and Temporal died in the middle of a wave, once the dead holder is named', async () => {
    const { cluster, before, holder, snapshot } = await leftHalfWay();
    const restore = (env: NodeJS.ProcessEnv = {}) =>
      runRestoreScript(cluster, { kubeconfig: cluster.kubeconfigPath, snapshot, env });

    const refused = await restore();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`TAKE_OVER='${holder}'`) });
    const modes = modesOf(cluster);
    expect(await restore({ TAKE_OVER: holder, DRY_RUN: 'yes' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('would be restarted'),
    });
    expect(modesOf(cluster)).toEqual(modes);

    const done = await restore({ TAKE_OVER: holder });
    expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
    expect(done.stdout).toContain('Done: every saved object is as it was, and kube-proxy on 6 nodes.');
    expect(await objectsOf(cluster)).toEqual(before);
    await cluster.settled();
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
    expect(await readObject(await asAdmin(cluster), lockLease)).toBeUndefined();
  });

  it('undoes a migration with Calico; a second time it does nothing', async () => {
    const { cluster, before, snapshot } = await migratedLongAgo();
    const options = { kubeconfig: cluster.kubeconfigPath, snapshot };
    const done = await runRestoreScript(cluster, options);
    expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
    expect(done.stdout).toMatch(/installations.operator.tigera.io default: put back/);
    expect(await objectsOf(cluster)).toEqual(before);
    await cluster.settled();
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
    expect(cluster.nodes().every(({ felixNftables }) => felixNftables === false)).toBe(true);

    const writes = (await cluster.auditWrites()).filter(({ resource }) => resource !== 'leases');
    expect(await runRestoreScript(cluster, options)).toMatchObject({
      code: 0,
      stdout: expect.not.stringMatching(/put back|restarting/),
    });
    const again = (await cluster.auditWrites()).filter(({ resource }) => resource !== 'leases');
    expect(again.slice(writes.length)).toEqual([]);
  });

  it('refuses another cluster, by the uid of kube-system', async () => {
    const first = await migratedLongAgo({ calico: 'none', nodes: 2 });
    const other = await rehearse({ calico: 'none', nodes: 2, worker: false });
    const found = await readObject(await asAdmin(first.cluster), {
      ...kubeProxyConfigMap,
      name: first.snapshot,
    });
    const { data } = Object(found);
    const ref = { ...kubeProxyConfigMap, name: first.snapshot };
    await createObject(await asAdmin(other.cluster), ref, { data });
    expect(
      await runRestoreScript(other.cluster, { kubeconfig: other.cluster.kubeconfigPath, snapshot: first.snapshot }),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining('this is another cluster') });
    expect(await readObject(await asAdmin(other.cluster), lockLease)).toBeUndefined();
  });
});

it('goes back to half of a migration by restore.sh, and to the time before it by proxyshift restore', async () => {
  const { cluster, start } = await rehearse({ scenario: 'slow-nodes', nodes: 6, calico: 'none' });
  const before = await objectsOf(cluster);
  const first = await start();
  await first.approve();
  await first.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
  await first.say('abort');
  const aborted = await first.ended();
  const half = { objects: await objectsOf(cluster), modes: modesOf(cluster) };
  expect(new Set(Object.values(half.modes))).toEqual(new Set(['ipvs', 'nftables']));
  const second = await start();
  await second.approve();
  const finished = await second.ended();
  expect(finished.outcome).toBe('migrated');

  const script = await runRestoreScript(cluster, {
    kubeconfig: cluster.kubeconfigPath,
    snapshot: finished.snapshot?.name ?? '',
  });
  expect(script, script.stderr + script.stdout).toMatchObject({ code: 0 });
  await cluster.settled();
  expect({ objects: await objectsOf(cluster), modes: modesOf(cluster) }).toEqual(half);

  const place = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfigPath];
  const done = await runCli(['restore', ...place, '--snapshot', aborted.snapshot?.name ?? '', '--yes']);
  expect(done, done.stderr).toMatchObject({ code: 3 });
  expect(await objectsOf(cluster)).toEqual(before);
  expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
});

describe('proxyshift restore, without Temporal and without a worker', () => {
  it('undoes a run that died in the middle of a wave, by the clusters file, once the dead holder is named', async () => {
    const { cluster, clustersFile, before, holder, snapshot } = await leftHalfWay();
    const restore = (...args: string[]) => runCli(['restore', cluster.name, '--clusters', clustersFile, ...args]);

    const refused = await restore('--yes');
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(`--take-over '${holder}'`) });
    expect(refused.stderr).toContain(`for ${REQUESTER}, in namespace default of Temporal at`);
    const modes = modesOf(cluster);
    expect(await restore('--take-over', holder)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(modesOf(cluster)).toEqual(modes);

    const done = await restore('--take-over', holder, '--yes', '-o', 'json');
    expect(done, done.stderr).toMatchObject({ code: 3 });
    const document = JSON.parse(done.stdout);
    expect(document).toMatchObject({ outcome: 'rolled-back', uid: cluster.uid, snapshot, takenOverFrom: holder });
    expect(document.nodes.map(({ mode, synced }: Record<string, unknown>) => [mode, synced])).toEqual(
      Array(6).fill(['ipvs', true]),
    );
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
    expect(await readObject(await asAdmin(cluster), lockLease)).toBeUndefined();
  });

  it('undoes a migration with Calico, by a context; a second time there is nothing to do; then it is forgotten', async () => {
    const { cluster, before, snapshot } = await migratedLongAgo();
    const place = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfigPath];
    const listed = await runCli(['restore', ...place, '--list', '-o', 'json']);
    expect(JSON.parse(listed.stdout).snapshots).toMatchObject([
      { name: snapshot, kind: 'migration', mode: 'ipvs', changedTo: 'nftables', requester: REQUESTER },
    ]);

    const done = await runCli(['restore', ...place, '--yes']);
    expect(done, done.stderr).toMatchObject({ code: 3, stdout: expect.stringContaining('rolled-back') });
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
    expect(cluster.nodes().every(({ felixNftables }) => felixNftables === false)).toBe(true);
    expect(await runCli(['restore', ...place, '--yes'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing-to-do'),
    });

    // Whoever has the worker's rights cannot take the snapshots away.
    const worker = ['--context', cluster.context, '--kubeconfig', await cluster.workerKubeconfig()];
    expect(await runCli(['forget', ...worker, '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Not allowed to delete/),
    });
    expect(await runCli(['forget', ...place])).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    const kept = await runCli(['forget', ...place, '--yes', '--keep-latest', '-o', 'json']);
    expect(JSON.parse(kept.stdout)).toMatchObject({ removed: [], kept: [{ name: snapshot }] });
    const forgotten = await runCli(['forget', ...place, '--yes', '-o', 'json']);
    expect(JSON.parse(forgotten.stdout)).toMatchObject({ removed: [{ name: snapshot }], kept: [] });
    expect(await listSnapshots(await asAdmin(cluster))).toEqual([]);
    expect(await runCli(['restore', ...place, '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no snapshot of a migration'),
    });
  });

  it('says so with 6 where a step does not succeed, and goes on when it is mended', async () => {
    const { cluster, before } = await migratedLongAgo({ calico: 'none', nodes: 3 });
    const place = ['--context', cluster.context, '--kubeconfig', cluster.kubeconfigPath];
    const admin = await asAdmin(cluster);
    // Somebody else holds the lock: nothing is done before a person has named them.
    await acquireLock(admin, { holder: 'proxyshift/another/run', requester: 'lin@example.com' }, new Date());
    expect(await runCli(['forget', ...place, '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('proxyshift/another/run'),
    });
    expect(await runCli(['restore', ...place, '--yes', '--take-over', 'proxyshift/not/this'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('proxyshift/another/run'),
    });
    await releaseLock(admin, 'proxyshift/another/run');

    // As the worker's user, which may not write the ConfigMap any more.
    const limited = ['--context', cluster.context, '--kubeconfig', await cluster.workerKubeconfig()];
    const worker = await connect({ ...cluster, kubeconfig: await cluster.workerKubeconfig() });
    const { rules } = roleSchema.parse(await readObject(admin, role));
    await mergePatch(admin, role, {
      rules: rules.filter(({ resourceNames }) => !resourceNames?.includes('kube-proxy')),
    });
    await expect.poll(() => reviewPermissions(worker, [patchConfig])).toEqual([patchConfig]);
    const stuck = await runCli(['restore', ...limited, '--yes', '--as', 'grace@example.com', '-o', 'json']);
    expect(stuck, stuck.stderr).toMatchObject({ code: 6, stderr: expect.stringContaining('Not allowed to patch') });
    expect(JSON.parse(stuck.stdout)).toMatchObject({ outcome: 'rollback-stuck' });
    expect(await readLock(admin)).toMatchObject({ requester: 'grace@example.com' });

    await mergePatch(admin, role, { rules });
    await expect.poll(() => reviewPermissions(worker, [patchConfig])).toEqual([]);
    const done = await runCli(['restore', ...limited, '--yes', '--as', 'grace@example.com']);
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(allIn('ipvs'));
  });
});
