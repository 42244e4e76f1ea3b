import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/cluster/connect.ts';
import { createObject, deleteObject, mergePatch, readObject } from '../../src/cluster/objects.ts';
import { installation, kubeProxyDaemonSet, servicesEndpointIn } from '../../src/cluster/refs.ts';
import type { EbpfSwitch } from '../../src/model/ebpf-plan.ts';
import type { MigrationSteps } from '../../src/model/steps.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin } from '../e2e/support/objects.ts';
import { runStep, stepsOn } from './support/steps-on.ts';

const cluster = 'one';
let rehearsal: RehearsalCluster;
let steps: MigrationSteps;
let admin: Cluster;

beforeAll(async () => {
  ({ rehearsal, steps } = await stepsOn(cluster, { calicoVersion: '3.32' }));
  admin = await asAdmin(rehearsal);
});
afterAll(async () => {
  await admin.kubeConfig.close();
  await rehearsal.close();
});

const ebpf = (from: 'Iptables' | 'Nftables'): EbpfSwitch => ({
  needed: true,
  version: 'v3.32.2',
  namespace: 'calico-system',
  setup: 'operator',
  dataplane: { from, to: 'BPF' },
  patch: { linuxDataplane: 'BPF' },
  original: { nftablesMode: 'Disabled', useNftables: false },
  timeoutMs: 30_000,
});

describe('whether nodes were restarted', () => {
  it('is told by their boot IDs; a node that is gone holds nothing any more', async () => {
    const nodes = ['node-01', 'node-02', 'gone'];
    const bootIds = await runStep(steps.readBootIds, { cluster, nodes });
    expect(Object.keys(bootIds).sort()).toEqual(['node-01', 'node-02']);
    await rehearsal.rebootNode('node-01');
    expect(await runStep(steps.findNotRestarted, { cluster, bootIds: { ...bootIds, gone: 'x' } })).toEqual([
      { node: 'node-02', why: `its boot ID is still ${bootIds['node-02']}` },
    ]);
  });

  it('needs them to be Ready again', async () => {
    const bootIds = await runStep(steps.readBootIds, { cluster, nodes: ['node-02'] });
    await rehearsal.rebootNode('node-02');
    const status = async (value: 'True' | 'False') => {
      const conditions = [{ type: 'Ready', status: value, reason: 'Test', message: '' }];
      await admin.transport.json({
        method: 'PATCH',
        path: '/api/v1/nodes/node-02/status',
        contentType: 'application/strategic-merge-patch+json',
        body: { status: { conditions } },
      });
    };
    await status('False');
    expect(await runStep(steps.findNotRestarted, { cluster, bootIds })).toMatchObject([{ node: 'node-02' }]);
    await status('True');
    expect(await runStep(steps.findNotRestarted, { cluster, bootIds })).toEqual([]);
  });
});

describe('what a person does by hand', () => {
  const address = servicesEndpointIn('tigera-operator');
  const why = () => runStep(steps.whyNotDone, { cluster, step: 'api-server-address', graceMs: 0 });

  it.each([
    [{}, /_PORT .* is "", not a port/],
    [{ KUBERNETES_SERVICE_HOST: 'api.example.com', KUBERNETES_SERVICE_PORT: '0' }, /is "0", not a port/],
    [{ KUBERNETES_SERVICE_HOST: '', KUBERNETES_SERVICE_PORT: '6443' }, /_HOST .* is "", not an address/],
    [
      { KUBERNETES_SERVICE_HOST: 'kubernetes.default.svc', KUBERNETES_SERVICE_PORT: '443' },
      /not an address of the API/,
    ],
  ])('an address of the API server has to be one: %j', async (data, message) => {
    expect(await why()).toMatch(/does not exist/);
    await createObject(admin, address, { data });
    try {
      expect(await why()).toMatch(message);
      await mergePatch(admin, address, {
        data: { KUBERNETES_SERVICE_HOST: 'api.example.com', KUBERNETES_SERVICE_PORT: '6443' },
      });
      expect(await why()).toBeNull();
    } finally {
      await deleteObject(admin, address);
    }
  });

  it('kube-proxy is off when its pods are gone, and on when they are there again', async () => {
    const look = (step: 'kube-proxy-off' | 'kube-proxy-on', graceMs: number) =>
      runStep(steps.whyNotDone, { cluster, step, graceMs });
    const select = (value: 'true' | null) =>
      mergePatch(admin, kubeProxyDaemonSet, {
        spec: { template: { spec: { nodeSelector: { 'non-calico': value } } } },
      });
    expect(await look('kube-proxy-on', 0)).toBeNull();
    expect(await look('kube-proxy-off', 0)).toMatch(/no non-calico: "true"/);
    expect(await look('kube-proxy-off', 300)).toMatch(/not as wanted in time: .*no non-calico/);
    await select('true');
    expect(await look('kube-proxy-off', 20_000)).toBeNull();
    expect(await look('kube-proxy-on', 0)).toMatch(/still has non-calico/);
    await select(null);
    expect(await look('kube-proxy-on', 20_000)).toBeNull();
  });
});

describe('the patch of the Installation', () => {
  it('is refused where its dataplane is not what the plan saw', async () => {
    await expect(runStep(steps.switchToEbpf, { cluster, ebpf: ebpf('Nftables') })).rejects.toMatchObject({
      type: 'Drifted',
      message: expect.stringContaining('linuxDataplane is Iptables'),
    });
  });

  it('is written once', async () => {
    const written = async () => (await rehearsal.auditWrites(workerUser)).length;
    const before = await written();
    await runStep(steps.switchToEbpf, { cluster, ebpf: ebpf('Iptables') });
    expect(await written()).toBe(before + 1);
    await runStep(steps.switchToEbpf, { cluster, ebpf: ebpf('Iptables') });
    expect(await written()).toBe(before + 1);
    expect(await readObject(admin, installation)).toHaveProperty('spec.calicoNetwork.linuxDataplane', 'BPF');
  });
});
