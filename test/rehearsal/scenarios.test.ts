import { afterEach, describe, expect, test } from 'vitest';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster, type RehearsalOptions } from '../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';
import { ClusterClient, until } from './cluster-client.ts';

const open: RehearsalCluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function start(options: Partial<RehearsalOptions>): Promise<[RehearsalCluster, ClusterClient]> {
  const binaries = await resolveBinaries(controlPlaneBinaries);
  const cluster = await createRehearsalCluster({ binaries, nodes: 3, calico: 'none', timing: testTiming, ...options });
  open.push(cluster);
  return [cluster, new ClusterClient(cluster.kubeconfigPath)];
}

function modeOf(cluster: RehearsalCluster, node: string) {
  return cluster.nodes().find(({ name }) => name === node)?.proxyMode;
}

async function crashLoops(client: ClusterClient, node: string): Promise<boolean> {
  const { status } = await client.pod('kube-proxy', node);
  return status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff';
}

describe('scenarios', { timeout: 120_000 }, () => {
  test('canary-crashes: the first node in nftables crash-loops, the next does not, and ipvs works again', async () => {
    const [cluster, client] = await start({ scenario: 'canary-crashes' });
    await client.setMode('nftables');
    await client.replacePod('kube-proxy', 'node-01');
    await until(() => crashLoops(client, 'node-01'));
    const { status } = await client.pod('kube-proxy', 'node-01');
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    expect(status?.containerStatuses?.[0]).toMatchObject({ ready: false, lastState: { terminated: { exitCode: 1 } } });
    await until(
      async () => ((await client.pod('kube-proxy', 'node-01')).status?.containerStatuses?.[0]?.restartCount ?? 0) > 0,
    );
    expect(await client.log('kube-proxy', 'node-01', { previous: true })).toContain('signal: segmentation fault');
    await client.replacePod('kube-proxy', 'node-02');
    await until(() => modeOf(cluster, 'node-02') === 'nftables');
    await client.setMode('ipvs');
    await client.replacePod('kube-proxy', 'node-01');
    await until(() => modeOf(cluster, 'node-01') === 'ipvs');
  });

  test('old-kernel: the node shows its kernel, and kube-proxy says why it does not run there', async () => {
    const [, client] = await start({ scenario: 'old-kernel' });
    const node = await client.core.readNode({ name: 'node-02' });
    expect(node.status?.nodeInfo?.kernelVersion).toBe('5.4.0-216-generic');
    await client.setMode('nftables');
    await client.replacePod('kube-proxy', 'node-02');
    await until(async () => await crashLoops(client, 'node-02'));
    expect(await client.log('kube-proxy', 'node-02')).toContain(
      'kube-proxy in nftables mode requires kernel 5.13 or later',
    );
  });

  test('node-fails-late: a node stays Ready and names the mode, but its rules never come', async () => {
    const [cluster, client] = await start({ scenario: 'node-fails-late' });
    await client.setMode('nftables');
    await client.replacePod('kube-proxy', 'cp-1');
    await until(() => modeOf(cluster, 'cp-1') === 'nftables');
    await client.replacePod('kube-proxy', 'node-01');
    await until(
      async () =>
        modeOf(cluster, 'node-01') !== 'ipvs' &&
        (await client.log('kube-proxy', 'node-01')).includes('nftables sync failed'),
    );
    expect((await client.pod('kube-proxy', 'node-01')).status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'True' }),
    );
    const [mode, metrics] = await client.proxyModeAndMetrics('node-01');
    expect(mode).toBe('nftables');
    expect(metrics).not.toContain('sync_proxy_rules_last_timestamp_seconds');
    expect(metrics).toContain('kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"}');
  });

  test('node-joins: a node comes in the new mode; and Felix of a manifest install obeys FelixConfiguration', async () => {
    const [cluster, client] = await start({ scenario: 'node-joins', calico: 'manifest' });
    await client.setMode('nftables');
    await client.replacePod('kube-proxy', 'node-01');
    await until(() => modeOf(cluster, 'node-03') === 'nftables');
    await client.setFelixMode('Enabled');
    await until(() => cluster.nodes().every(({ felixNftables }) => felixNftables));
    expect(cluster.nodes()).toHaveLength(4);
    expect(await client.log('calico-node', 'node-03')).toContain(
      'Parsed value for NFTablesMode: Enabled (from datastore (global))',
    );
  });

  test('operator 1.38 refuses Nftables until the policy set-up time-out is gone', async () => {
    const [cluster, client] = await start({ calico: 'operator', calicoVersion: '3.30' });
    await client.setDataplane({ linuxDataplane: 'Nftables' });
    const degraded = async () => {
      const { status } = await client.calico('operator.tigera.io', 'tigerastatuses', 'calico');
      return status.conditions.find(({ type }: { type: string }) => type === 'Degraded');
    };
    await until(async () => (await degraded()).status === 'True');
    expect((await degraded()).message).toMatch(
      /^Invalid Installation provided: .* supported only for the Iptables and BPF/,
    );
    await client.setDataplane({ linuxPolicySetupTimeoutSeconds: null });
    await until(() => cluster.nodes().every(({ felixNftables }) => felixNftables));
    await until(async () => (await degraded()).status === 'False');
  });

  test('Calico 3.32 follows kube-proxy, and an operator that is Degraded recovers on Iptables', async () => {
    const [cluster, client] = await start({ calico: 'operator', calicoVersion: '3.32', scenario: 'operator-degraded' });
    const condition = async (type: string) => {
      const { status } = await client.calico('operator.tigera.io', 'tigerastatuses', 'calico');
      return status.conditions.find((one: { type: string }) => one.type === type).status;
    };
    await client.setDataplane({ linuxDataplane: 'Nftables' });
    await until(async () => (await condition('Degraded')) === 'True');
    expect(await condition('Available')).toBe('False');
    expect(await client.calico('crd.projectcalico.org', 'felixconfigurations')).toMatchObject({
      spec: { nftablesMode: 'Auto' },
    });
    await client.setMode('nftables');
    await client.replacePod('kube-proxy', 'node-01');
    await until(() => cluster.nodes().find(({ name }) => name === 'node-01')?.felixNftables === true);
    expect(await client.log('calico-node', 'node-01')).toContain(
      'Determined whether or not to use nftables calicoMode="Auto" kubeProxyEnabled=true useNftables=true',
    );
    await client.setDataplane({ linuxDataplane: 'Iptables' });
    await until(async () => (await condition('Degraded')) === 'False');
    expect(await condition('Available')).toBe('True');
    await until(() => cluster.nodes().every(({ felixNftables }) => felixNftables === false));
  });
});
