import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, connectToContext } from '../../src/cluster/connect.ts';
import { configTextOf } from '../../src/cluster/kube-proxy/config-map.ts';
import { createObject, deleteObject, mergePatch, type ObjectRef, readObject } from '../../src/cluster/objects.ts';
import { felixConfigurationDefault, kubeProxyConfigMap } from '../../src/cluster/refs.ts';
import { listSnapshots, readSnapshot } from '../../src/cluster/snapshot/find.ts';
import { restoreScript } from '../../src/cluster/snapshot/restore-script.ts';
import {
  ABSENT,
  equalsSaved,
  readSaved,
  readSavedObject,
  restoreObject,
  saveSnapshot,
  snapshotLabels,
  snapshotNameOf,
  snapshotObject,
} from '../../src/cluster/snapshot.ts';
import type { SnapshotRun } from '../../src/model/snapshot.ts';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';
import { runRestoreScript } from '../e2e/support/restore-script.ts';
import { wayBackOfKubeProxy } from '../fixtures/way-back.ts';

const run = promisify(execFile);
const ofNode: ObjectRef = { ...felixConfigurationDefault, name: 'node.node-01' };

let server: RehearsalCluster;
let cluster: Cluster;

beforeAll(async () => {
  const binaries = await resolveBinaries(controlPlaneBinaries);
  server = await createRehearsalCluster({ binaries, nodes: 2, calico: 'manifest', timing: testTiming });
  cluster = await connectToContext({ kubeconfig: server.kubeconfigPath, context: server.context });
}, 600_000);
afterAll(() => server?.close());

function runOf(runId: string, more: Partial<SnapshotRun> = {}): Omit<SnapshotRun, 'objects'> {
  return {
    version: 1,
    kind: 'migration',
    cluster: { name: 'one', uid: server.uid },
    workflowId: 'proxyshift/one',
    runId,
    requester: "o'neill@example.com",
    temporal: { address: 'temporal.example.com:7233', namespace: 'operations' },
    savedAt: new Date().toISOString(),
    wayBack: wayBackOfKubeProxy(),
    ...more,
  };
}

describe('a snapshot', () => {
  test('holds what a way back needs, is found by its label, and is the same when it is saved again', async () => {
    const first = await saveSnapshot(cluster, runOf('complete'), [kubeProxyConfigMap]);
    const before = await readObject(cluster, kubeProxyConfigMap);
    await mergePatch(cluster, kubeProxyConfigMap, { metadata: { labels: { changed: 'yes' } } });
    expect(await saveSnapshot(cluster, runOf('complete'), [kubeProxyConfigMap])).toEqual(first);
    const other = await saveSnapshot(cluster, runOf('later'), [kubeProxyConfigMap]);
    expect(other).not.toEqual(first);
    expect(await readSnapshot(cluster, first.name)).toMatchObject({ ref: first, run: { runId: 'complete' } });

    const saved = await readSavedObject(cluster, first, kubeProxyConfigMap);
    expect(configTextOf(saved)).toBe(configTextOf(before));
    expect(await equalsSaved(cluster, kubeProxyConfigMap, saved)).toBe(false);
    await restoreObject(cluster, kubeProxyConfigMap, saved);
    expect(await equalsSaved(cluster, kubeProxyConfigMap, saved)).toBe(true);

    expect((await listSnapshots(cluster)).map(({ name }) => name)).toEqual([other.name, first.name]);
    await expect(mergePatch(cluster, snapshotObject(first.name), { data: { x: 'y' } })).rejects.toThrow(/immutable/);
  });

  test('remembers that there was no such object: a restore deletes what the run made, and restore.sh does', async () => {
    const toSave = [kubeProxyConfigMap, felixConfigurationDefault, { ...ofNode, mayBeAbsent: true }];
    await expect(saveSnapshot(cluster, runOf('strict'), [ofNode])).rejects.toThrow(/is gone/);
    const snapshot = await saveSnapshot(cluster, runOf('absent'), toSave);
    const saved = await readSaved(cluster, snapshot, ofNode);
    expect(saved).toBe(ABSENT);
    await expect(readSavedObject(cluster, snapshot, ofNode)).rejects.toThrow(/was not there/);
    await expect(readSaved(cluster, snapshot, { ...ofNode, name: 'node.node-02' })).rejects.toThrow(/does not hold/);
    const make = () => createObject(cluster, ofNode, { spec: { nftablesMode: 'Enabled' } });

    await make();
    expect(await equalsSaved(cluster, ofNode, saved)).toBe(false);
    await restoreObject(cluster, ofNode, saved);
    await restoreObject(cluster, ofNode, saved);
    expect(await equalsSaved(cluster, ofNode, saved)).toBe(true);

    await make();
    const script = await runRestoreScript(server, { kubeconfig: server.kubeconfigPath, snapshot: snapshot.name });
    expect(script, script.stderr).toMatchObject({ code: 0 });
    expect(script.stdout).toContain('node.node-01: deleted, there was none');
    expect(await readObject(cluster, ofNode)).toBeUndefined();
  });

  test('keeps finalizers and owners, which kubectl replace would drop', async () => {
    const ref: ObjectRef = { ...kubeProxyConfigMap, name: 'owned' };
    await createObject(cluster, ref, { metadata: { finalizers: ['example.com/keep'] }, data: { a: '1' } });
    const snapshot = await saveSnapshot(cluster, runOf('owned'), [ref, kubeProxyConfigMap]);
    await mergePatch(cluster, ref, { data: { a: '2' } });
    const script = await runRestoreScript(server, { kubeconfig: server.kubeconfigPath, snapshot: snapshot.name });
    expect(script, script.stderr).toMatchObject({ code: 0 });
    expect(await readObject(cluster, ref)).toMatchObject({
      data: { a: '1' },
      metadata: { finalizers: ['example.com/keep'] },
    });
    await mergePatch(cluster, ref, { metadata: { finalizers: null } });
    await deleteObject(cluster, ref);

    const again = await runRestoreScript(server, { kubeconfig: server.kubeconfigPath, snapshot: snapshot.name });
    expect(again, again.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('configmaps owned: made anew'),
    });
    expect(await readObject(cluster, ref)).toMatchObject({ data: { a: '1' } });
    await mergePatch(cluster, ref, { metadata: { finalizers: null } });
    await deleteObject(cluster, ref);
  });

  test('of a ConfigMap that was ahead of its nodes has the text that they are restarted with', async () => {
    const ahead = runOf('ahead', {
      wayBack: { ...runOf('').wayBack, otherModes: { 'node-01': 'nftables' } },
    });
    const text = configTextOf(await readObject(cluster, kubeProxyConfigMap));
    await mergePatch(cluster, kubeProxyConfigMap, {
      data: { 'config.conf': text.replace(/^mode: .*$/m, 'mode: nftables') },
    });
    const snapshot = await saveSnapshot(cluster, ahead, [kubeProxyConfigMap]);
    const { data } = Object(await readObject(cluster, snapshotObject(snapshot.name)));
    expect(configTextOf(JSON.parse(data['while-restarting.json']))).toMatch(/^mode: ipvs$/m);
    expect(configTextOf(JSON.parse(data['configmap.kube-system.kube-proxy.json']))).toMatch(/^mode: nftables$/m);
    expect(data['other-modes.txt']).toBe('node-01 nftables\n');
    await mergePatch(cluster, kubeProxyConfigMap, { data: { 'config.conf': text } });
  });

  test('that does not fit into a ConfigMap is refused before anything is written', async () => {
    const otherModes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`node-${String(index).padStart(20, '0')}`, 'nftables' as const]),
    );
    const large = runOf('large', { wayBack: { ...runOf('').wayBack, otherModes } });
    await expect(saveSnapshot(cluster, large, [kubeProxyConfigMap])).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringMatching(/have \d{7} bytes; a ConfigMap holds 1048576/),
    });
    expect(await readObject(cluster, snapshotObject(snapshotNameOf('large')))).toBeUndefined();
  });

  test.each([
    ['of a newer proxyshift', { version: 2 }, /written by a newer proxyshift: its version is 2, this one reads 1/],
    ['that is broken', { wayBack: 'gone' }, /wayBack/],
    ['of another cluster', { cluster: { name: 'two', uid: 'another' } }, /is of another cluster/],
  ])('%s is not restored, and is in the list with the reason', async (name, change, reason) => {
    const [newest] = await listSnapshots(cluster);
    const { data } = Object(await readObject(cluster, snapshotObject(newest?.name ?? '')));
    const changed = { ...JSON.parse(data['run.json']), ...change };
    const ref = snapshotObject(snapshotNameOf(name.replaceAll(' ', '-')));
    await createObject(cluster, ref, {
      metadata: { labels: snapshotLabels },
      data: { 'run.json': JSON.stringify(changed) },
    });
    await expect(readSnapshot(cluster, ref.name)).rejects.toThrow(reason);
    const listed = (await listSnapshots(cluster)).find((one) => one.name === ref.name);
    expect(listed).toMatchObject({ unreadable: expect.stringMatching(reason) });
    await deleteObject(cluster, ref);
  });
});

describe('restore.sh', () => {
  test.each(['sh', 'bash'])('is a program that %s takes, also with the settings of a snapshot', async (shell) => {
    const options = { name: 'a', run: { ...runOf('a'), objects: [kubeProxyConfigMap] }, whileRestarting: false };
    const script = await restoreScript(options);
    expect(script).toContain(`SNAPSHOT='a'\nCLUSTER_UID='${server.uid}'\nMODE='ipvs'\n`);
    expect(script).toContain("OBJECTS='configmap.kube-system.kube-proxy.json configmaps kube-proxy kube-system'\n");
    await run(shell, ['-n', '-c', script]);
    await run(shell, ['-n', '-c', await readFile('src/cluster/restore.sh', 'utf8')]);
  });

  test('does nothing as a template', async () => {
    await expect(run('sh', ['src/cluster/restore.sh'], { env: {} })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('this is the template'),
    });
  });
});
