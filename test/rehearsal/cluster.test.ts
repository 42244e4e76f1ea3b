import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveBinaries } from '../../src/rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../src/rehearsal/control-plane.ts';
import { testTiming } from '../../src/rehearsal/timing.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { ClusterClient, until } from './cluster-client.ts';

const nodes = 4;
let cluster: RehearsalCluster;
let client: ClusterClient;

beforeAll(async () => {
  cluster = await createRehearsalCluster({
    binaries: await resolveBinaries(controlPlaneBinaries),
    nodes,
    calico: 'operator',
    calicoVersion: '3.31',
    timing: testTiming,
  });
  client = new ClusterClient(cluster.kubeconfigPath);
}, 600_000);

afterAll(async () => cluster?.close());

describe('a rehearsal cluster', () => {
  test('has the objects that kubeadm and the Tigera operator make', async () => {
    const { items } = await client.core.listNode();
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['cp-1', 'node-01', 'node-02', 'node-03']);
    expect(items[0]?.spec?.taints).toEqual([{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }]);
    expect(items[1]?.status?.nodeInfo).toMatchObject({ kernelVersion: '6.8.0-45-generic', kubeletVersion: 'v1.35.4' });
    const daemonSet = await client.apps.readNamespacedDaemonSet({ name: 'kube-proxy', namespace: 'kube-system' });
    expect(daemonSet.status).toMatchObject({ desiredNumberScheduled: nodes, numberReady: nodes });
    expect(daemonSet.spec?.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 0, maxUnavailable: 1 },
    });
    expect(await client.calico('operator.tigera.io', 'installations')).toMatchObject({
      spec: { calicoNetwork: { linuxDataplane: 'Iptables', linuxPolicySetupTimeoutSeconds: 0 } },
      status: { variant: 'Calico', calicoVersion: 'v3.31.7' },
    });
  });

  test('serves the log of a pod with the options of kubectl logs', async () => {
    const log = await client.log('kube-proxy', 'node-01');
    expect(log).toMatch(/^I\d{4} \d\d:\d\d:\d\d\.\d{6} {7}1 server_linux\.go:193\] "Using ipvs Proxier"$/m);
    expect(log).toContain('The ipvs proxier is now deprecated');
    expect((await client.log('kube-proxy', 'node-01', { tailLines: 2 })).trimEnd().split('\n')).toHaveLength(2);
    expect(await client.log('kube-proxy', 'node-01', { limitBytes: 10 })).toHaveLength(10);
    expect(await client.log('kube-proxy', 'node-01', { sinceSeconds: 3_600, timestamps: true })).toMatch(
      /^\d{4}-.*Z I/,
    );
    await expect(client.log('kube-proxy', 'node-01', { previous: true })).rejects.toMatchObject({ code: 400 });
    expect(await client.log('calico-node', 'node-01')).toMatch(
      /\[INFO\]\[\d+\] felix\/driver\.go \d+: Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support\./,
    );
  });

  test('lets a port-forward reach kube-proxy on 127.0.0.1 of its node', async () => {
    const [mode, metrics] = await client.proxyModeAndMetrics('node-02');
    expect(mode).toBe('ipvs');
    const started = Number(/^process_start_time_seconds (.*)$/m.exec(metrics)?.[1]);
    const synced = Number(
      /^kubeproxy_sync_proxy_rules_last_timestamp_seconds\{ip_family="IPv4"\} (.*)$/m.exec(metrics)?.[1],
    );
    expect(synced).toBeGreaterThan(started);
  });

  test('follows kube-proxy and the operator to nftables, node by node', async () => {
    await client.setMode('nftables');
    const before = await client.pod('calico-node', 'node-01');
    await client.replacePod('kube-proxy', 'node-01');
    await until(() => cluster.nodes().find(({ name }) => name === 'node-01')?.proxyMode === 'nftables');
    expect(cluster.nodes().filter(({ proxyMode }) => proxyMode === 'ipvs')).toHaveLength(nodes - 1);
    expect(await client.log('kube-proxy', 'node-01')).toContain('server_linux.go:253] "Using nftables Proxier"');
    expect((await client.proxyModeAndMetrics('node-01'))[0]).toBe('nftables');
    await until(async () =>
      (await client.log('calico-node', 'node-01')).includes(
        'kube-proxy mode changed. Restart felix. ipvsIfaceState="" ipvsSupport=true',
      ),
    );

    const daemonSet = { name: 'calico-node', namespace: 'calico-system' };
    const { metadata } = await client.apps.readNamespacedDaemonSet(daemonSet);
    await client.setDataplane({ linuxDataplane: 'Nftables' });
    await until(() => cluster.nodes().every(({ felixNftables }) => felixNftables));
    expect(await client.calico('crd.projectcalico.org', 'felixconfigurations')).toMatchObject({
      spec: { nftablesMode: 'Enabled' },
    });
    expect(await client.log('calico-node', 'node-03')).toContain(
      'Parsed value for NFTablesMode: Enabled (from datastore (global))',
    );
    const after = await client.pod('calico-node', 'node-01');
    expect(after.metadata?.uid).toBe(before.metadata?.uid);
    expect(after.status?.containerStatuses?.[0]?.restartCount).toBe(0);
    expect((await client.apps.readNamespacedDaemonSet(daemonSet)).metadata?.generation).toBe(metadata?.generation);
    const installation = await client.calico('operator.tigera.io', 'installations');
    await until(async () => {
      const status = await client.calico('operator.tigera.io', 'tigerastatuses', 'calico');
      expect(status.status.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
      return status.status.conditions[0].observedGeneration === installation.metadata.generation;
    });
  });

  test('tells Felix of one node only what its own FelixConfiguration says', async () => {
    await client.custom.createClusterCustomObject({
      group: 'crd.projectcalico.org',
      version: 'v1',
      plural: 'felixconfigurations',
      body: {
        apiVersion: 'crd.projectcalico.org/v1',
        kind: 'FelixConfiguration',
        metadata: { name: 'node.node-02' },
        spec: { nftablesMode: 'Disabled' },
      },
    });
    await until(() => cluster.nodes().find(({ name }) => name === 'node-02')?.felixNftables === false);
    expect(await client.log('calico-node', 'node-02')).toContain(
      'Parsed value for NFTablesMode: Disabled (from datastore (per-host))',
    );
    expect(cluster.nodes().filter(({ felixNftables }) => felixNftables)).toHaveLength(nodes - 1);
  });

  test('takes a node that joins', async () => {
    const name = await cluster.addNode();
    await until(() => cluster.nodes().some((node) => node.name === name && node.proxyMode === 'nftables'));
  });

  test('records who wrote what', async () => {
    const writes = await cluster.auditWrites();
    expect(writes).toContainEqual({
      verb: 'patch',
      user: 'kwok-admin',
      resource: 'configmaps',
      namespace: 'kube-system',
      name: 'kube-proxy',
      code: 200,
    });
    expect(writes).toContainEqual(
      expect.objectContaining({
        user: 'system:serviceaccount:tigera-operator:tigera-operator',
        resource: 'felixconfigurations',
      }),
    );
    expect(await cluster.auditWrites(workerUser)).toEqual([]);
  });

  test.skipIf(!existsSync(new URL('../../deploy/rbac.yaml', import.meta.url)))(
    'gives the worker no more than deploy/rbac.yaml',
    async () => {
      const worker = new ClusterClient(await cluster.workerKubeconfig());
      expect((await worker.core.listNode()).items).toHaveLength(nodes + 1);
      const secret = { metadata: { name: 'not-allowed' } };
      await expect(worker.core.createNamespacedSecret({ namespace: 'shop', body: secret })).rejects.toMatchObject({
        code: 403,
      });
      expect(await cluster.auditWrites(workerUser)).toEqual([
        // No name: a create is refused before its body is read.
        { verb: 'create', user: workerUser, resource: 'secrets', namespace: 'shop', code: 403 },
      ]);
    },
  );

  test('leaves no process and no file behind', async () => {
    const directory = dirname(cluster.kubeconfigPath);
    const pidFiles = join(directory, 'clusters', cluster.name, 'pids');
    const pids = await Promise.all(
      (await readdir(pidFiles)).map(async (file) => Number(await readFile(join(pidFiles, file), 'utf8'))),
    );
    expect(pids).toHaveLength(5);
    await cluster.close();
    expect(existsSync(directory)).toBe(false);
    for (const pid of pids) expect(isAlive(pid)).toBe(false);
  });
});

/** Whether the process still does something; a zombie that nobody has reaped yet does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return existsSync(`/proc/${pid}/exe`);
  } catch {
    return false;
  }
}
