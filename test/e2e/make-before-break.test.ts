import { describe, expect, it } from 'vitest';
import { deleteObject, type ObjectRef } from '../../src/cluster/objects.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { leftHalfWay } from './support/left-half-way.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';
import { runRestoreScript } from './support/restore-script.ts';

const handover = { handover: 'make-before-break', drainTimeout: '20s' };
const asked = { calico: 'none', also: ['make-before-break'], entry: { rollout: handover } } as const;

/** Every node now: its rules, what was lost on it, and what is left on it. */
function kernels(cluster: RehearsalCluster) {
  return cluster.nodes().map(({ ipvsInterface, nftablesTable, outages, cutConnections }) => ({
    ipvs: ipvsInterface,
    nftables: nftablesTable,
    outages,
    cutConnections,
  }));
}

/** What lets the worker create stand-bys. */
const standbyRole: ObjectRef = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespace: 'kube-system',
  name: 'proxyshift-make-before-break',
};
const served = { outages: 0, cutConnections: 0 };
const all = <T>(value: T): T[] => Array(5).fill(value);

async function standbysOf(cluster: RehearsalCluster): Promise<string[]> {
  const writes = await cluster.auditWrites(workerUser);
  const of = (verb: string) => writes.filter((write) => write.verb === verb && write.resource === 'pods');
  const created = of('create').map(({ name }) => name ?? '');
  const deleted = new Set(of('delete').map(({ name }) => name));
  return created.filter((name) => !deleted.has(name));
}

describe('hand-over make-before-break', () => {
  it('leaves no node without rules and cuts no connection, and nothing of it stays', async () => {
    const { cluster, start } = await rehearse(asked);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.plan?.kubeProxy).toMatchObject({ handover: 'make-before-break', drainTimeoutMs: 20_000 });
    expect(kernels(cluster)).toEqual(all({ ipvs: false, nftables: true, ...served }));
    expect(report.nodes.map(({ mode, synced, cut }) => [mode, synced, cut])).toEqual(all(['nftables', true, 0]));
    expect(await standbysOf(cluster)).toEqual([]);
  });

  it('goes the same way back, and the objects are as they were', async () => {
    const { cluster, start } = await rehearse({ ...asked, entry: { rollout: { ...handover, soak: '10m' } } });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the soak', ({ phase }) => phase === 'soak');
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(Object.values(modesOf(cluster))).toEqual(all('ipvs'));
    expect(kernels(cluster)).toEqual(all({ ipvs: true, nftables: false, ...served }));
    expect(await standbysOf(cluster)).toEqual([]);
  });

  it('reports how many connections were cut where they did not end in time', async () => {
    const { cluster, start } = await rehearse({
      ...asked,
      timing: { connectionMs: 3_600_000 },
      entry: { rollout: { handover: 'make-before-break', drainTimeout: '300ms' } },
    });
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.nodes.map(({ cut }) => cut)).toEqual(all(3));
    expect(kernels(cluster)).toEqual(all({ ipvs: false, nftables: true, outages: 0, cutConnections: 3 }));
  });

  it('a full node takes no stand-by: it alone is restarted, nothing is evicted for it, and the report says so', async () => {
    const { cluster, start } = await rehearse({ ...asked, scenario: 'full-node' });
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.findings.filter(({ code }) => code === 'PXS097')).toMatchObject([
      { severity: 'note', objects: ['Node node-04'] },
    ]);
    const restarted = report.nodes.filter(({ handover: how }) => how?.startsWith('by restart'));
    expect(restarted).toMatchObject([
      { node: 'node-04', handover: expect.stringMatching(/no room for a stand-by \(OutOfpods: .*requested: 1/) },
    ]);
    expect(kernels(cluster).map(({ nftables, outages }) => [nftables, outages])).toEqual([
      ...Array(4).fill([true, 0]),
      [true, 1],
    ]);
    expect(await standbysOf(cluster)).toEqual([]);
  });

  it('where a stand-by fails, the node is left as it was, without the stand-by', async () => {
    const { cluster, start } = await rehearse({ ...asked, scenario: 'canary-crashes' });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(report.failure?.nodes?.[0]?.why).toMatch(/^its stand-by kube-proxy-standby-nftables-node-\d+ does not run/);
    expect(await objectsOf(cluster)).toEqual(before);
    expect(kernels(cluster)).toEqual(all({ ipvs: true, nftables: false, ...served }));
    expect(await standbysOf(cluster)).toEqual([]);
  });

  it("where the node's own kube-proxy fails after that, the stand-by serves until one of the old mode does", async () => {
    const { cluster, start } = await rehearse({ ...asked, scenario: 'replacement-crashes' });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(report.failure?.nodes?.[0]?.why).toMatch(
      /^kube-proxy crashes at start .*; its own kube-proxy does not serve, so its stand-by stays$/,
    );
    expect(await objectsOf(cluster)).toEqual(before);
    expect(kernels(cluster)).toEqual(all({ ipvs: true, nftables: false, ...served }));
    expect(await standbysOf(cluster)).toEqual([]);
  });

  it('goes back by restarts, and says so, where its right has been taken away meanwhile', async () => {
    const { cluster, start } = await rehearse({ ...asked, entry: { rollout: { ...handover, soak: '10m' } } });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the soak', ({ phase }) => phase === 'soak');
    expect(await deleteObject(await asAdmin(cluster), standbyRole)).toBe(true);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(report.steps.map(({ what }) => what)).toContainEqual(
      expect.stringMatching(/^Restart kube-proxy on .*back to ipvs, without a stand-by/),
    );
    expect(await objectsOf(cluster)).toEqual(before);
    expect(Object.values(modesOf(cluster))).toEqual(all('ipvs'));
  });

  it('is undone in the middle of a wave: rules of a stand-by are taken away, and ipvs has served all the time', async () => {
    const { cluster, start } = await rehearse({
      ...asked,
      timing: { connectionMs: 3_600_000 },
      entry: { rollout: { handover: 'make-before-break', drainTimeout: '1h' } },
    });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the canary', ({ steps }) => steps.some(({ what }) => /with a stand-by, on .*canary/.test(what)));
    const both = () => cluster.nodes().filter(({ nftablesTable }) => nftablesTable);
    await expect.poll(both, { timeout: 30_000 }).toHaveLength(1);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(kernels(cluster)).toEqual(all({ ipvs: true, nftables: false, ...served }));
    expect(await standbysOf(cluster)).toEqual([]);
  });

  describe('that died with stand-bys on the nodes', () => {
    /** Worker and Temporal are gone, and some node has the rules of both modes. */
    const died = () =>
      leftHalfWay(
        {
          ...asked,
          timing: { connectionMs: 3_600_000 },
          entry: { rollout: { handover: 'make-before-break', drainTimeout: '4s' } },
        },
        async (cluster) => {
          const both = () =>
            cluster.nodes().filter(({ ipvsInterface, nftablesTable }) => ipvsInterface && nftablesTable);
          await expect.poll(() => both().length, { timeout: 60_000 }).toBeGreaterThan(0);
        },
      );

    it('is taken back by proxyshift restore without an outage, stand-bys and their rules included', async () => {
      const { cluster, clustersFile, before, holder } = await died();
      const place = ['--clusters', clustersFile, '--take-over', holder, '--yes'];
      const done = await runCli(['restore', cluster.name, ...place]);
      expect(done, done.stderr).toMatchObject({ code: 3 });
      expect(await objectsOf(cluster)).toEqual(before);
      expect(Object.values(modesOf(cluster))).toEqual(Array(6).fill('ipvs'));
      expect(cluster.nodes().map(({ nftablesTable, outages }) => [nftablesTable, outages])).toEqual(
        Array(6).fill([false, 0]),
      );
      expect(await standbysOf(cluster)).toEqual([]);
    });

    it('is taken back by restore.sh, which deletes stand-bys and restarts kube-proxy there', async () => {
      const { cluster, before, holder, snapshot } = await died();
      const env = { TAKE_OVER: holder };
      const done = await runRestoreScript(cluster, { kubeconfig: cluster.kubeconfigPath, snapshot, env });
      expect(done, done.stderr + done.stdout).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(': its stand-by is deleted'),
      });
      expect(await objectsOf(cluster)).toEqual(before);
      await cluster.settled();
      expect(Object.values(modesOf(cluster))).toEqual(Array(6).fill('ipvs'));
      expect(cluster.nodes().map(({ nftablesTable }) => nftablesTable)).toEqual(Array(6).fill(false));
    });
  });

  it.each([
    ['the worker may not create pods', { also: [] }, /^Not permitted: create pods in kube-system/],
    ['Felix would follow the stand-by', { calico: 'operator', calicoVersion: '3.32' }, /^Felix of Calico v3\.32/],
    [
      'the DaemonSet replaces its pods itself',
      { entry: { rollout: { ...handover, strategy: 'rolling' } }, also: ['rolling', 'make-before-break'] },
      /^strategy "rolling"/,
    ],
  ] as const)('where %s, nodes are handed over by restart, and the plan says why', async (_, change, why) => {
    const { cluster, start } = await rehearse({ ...asked, ...change });
    const run = await start();
    await run.offered();
    const { plan, findings } = await run.report();
    expect(plan?.kubeProxy).toMatchObject({ handover: 'restart', handoverInstead: expect.stringMatching(why) });
    const warned = findings
      .filter(({ code, severity }) => /^PXS09/.test(code) && severity === 'warning')
      .map(({ message }) => message);
    if (plan?.kubeProxy.strategy === 'waves') expect(warned).toEqual([plan.kubeProxy.handoverInstead]);
    await run.say('reject');
    expect(await cluster.auditWrites(workerUser)).toEqual([]);
  });
});
