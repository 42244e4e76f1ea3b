import { expect, it } from 'vitest';
import { mergePatch, readObject } from '../../src/cluster/objects.ts';
import { installation, kubeProxyConfigMap } from '../../src/cluster/refs.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

it('kube-proxy done, Calico not: the run finishes Calico and restarts no node', async () => {
  const { cluster, start } = await rehearse({
    kubeProxyMode: 'nftables',
    entry: { rollout: { canaryNode: 'node-01' } },
  });
  const run = await start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome).toBe('migrated');
  expect(report.plan?.changes.map(({ object }) => object)).toEqual([
    'FelixConfiguration node.node-01',
    'Installation default',
  ]);
  const written = (await cluster.auditWrites(workerUser)).map(({ verb, resource }) => `${verb} ${resource}`);
  expect(written).toEqual([
    'create leases',
    'create configmaps',
    'create felixconfigurations',
    'patch installations',
    'delete felixconfigurations',
    'delete leases',
  ]);
  expect(cluster.nodes().every(({ felixNftables }) => felixNftables)).toBe(true);
});

it('the cluster changes between plan and approval: a new plan has to be approved before anything is written', async () => {
  const { cluster, start } = await rehearse({ calico: 'none' });
  const run = await start();
  const first = await run.offered();
  const admin = await asAdmin(cluster);
  const { data } = Object((await readObject(admin, kubeProxyConfigMap)) ?? {});
  const text: string = data['config.conf'];
  const changed = text.replace('syncPeriod: 0s', 'syncPeriod: 30s');
  expect(changed).not.toBe(text);
  await mergePatch(admin, kubeProxyConfigMap, { data: { 'config.conf': changed } });

  await run.approve({ planHash: first });
  const { planHash: second } = await run.until(
    'a new plan',
    ({ phase, planHash }) => phase === 'approval' && planHash !== first,
  );
  expect(await cluster.auditWrites(workerUser)).toEqual([]);
  await run.approve({ planHash: second ?? '' });
  const report = await run.ended();
  expect(report.outcome).toBe('migrated');
  expect(report.remarks.join()).toContain('a new plan was offered');
  expect(report.revisions).toMatchObject([{ from: first, to: second }]);
  expect(report.revisions[0]?.moved.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['kubeProxy.configBefore', 'objects.ConfigMap kube-system/kube-proxy.hash']),
  );
});

it('a node that joins in the middle is migrated and counted', async () => {
  const { cluster, start } = await rehearse({ scenario: 'node-joins', calico: 'none' });
  const run = await start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome).toBe('migrated');
  expect(cluster.nodes()).toHaveLength(6);
  expect(report.nodes.map(({ mode }) => mode)).toEqual(Array(6).fill('nftables'));
});

it('Calico 3.30: linuxPolicySetupTimeoutSeconds is nulled in the same patch, and comes back on a rollback', async () => {
  const { cluster, start } = await rehearse({ calicoVersion: '3.30', entry: { rollout: { soak: '10m' } } });
  const admin = await asAdmin(cluster);
  const network = async () => Object((await readObject(admin, installation)) ?? {}).spec.calicoNetwork;
  const before = await network();
  expect(before).toMatchObject({ linuxDataplane: 'Iptables', linuxPolicySetupTimeoutSeconds: 0 });
  const run = await start();
  await run.approve();
  await run.confirm('flush-stale-rules');
  await run.until('the soak', ({ phase }) => phase === 'soak');
  expect((await network()).linuxDataplane).toBe('Nftables');
  await run.say('rollback');
  expect((await run.ended()).outcome).toBe('rolled-back');
  expect(await network()).toEqual(before);
});
