import { describe, expect, it } from 'vitest';
import { playPerson } from '../../src/cli/rehearse/play-person.ts';
import { installationSchema } from '../../src/cluster/calico/installation-schema.ts';
import type { Cluster } from '../../src/cluster/connect.ts';
import { installation } from '../../src/cluster/refs.ts';
import { watchObject } from '../../src/cluster/watch.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { runCli } from '../cli/support/run-cli.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { APPROVER, REQUESTER, type RehearseOptions, type Run, rehearse } from './support/rehearse.ts';
import { runRestoreScript } from './support/restore-script.ts';

const groups = [
  'restart-nodes-workers-zone-a',
  'restart-nodes-workers-zone-b',
  'restart-nodes-workers-zone-c',
  'restart-nodes-control-plane',
];

/** Does what the run asks people for, step by step, and gives the keys in their order. */
async function doByHand(run: Run, cluster: RehearsalCluster, steps: number): Promise<string[]> {
  const keys: string[] = [];
  for (let done = 0; done < steps; done += 1) {
    const step = await run.handStep();
    await playPerson(cluster, step);
    await run.confirm(step.key);
    keys.push(step.key);
  }
  return keys;
}

/** A run to eBPF that has ended well, after so many steps by hand, and whose worker is gone. */
async function runsEbpf(options: RehearseOptions, steps: number) {
  const { cluster, start, worker } = await rehearse(options);
  const before = await objectsOf(cluster);
  const run = await start(REQUESTER, 'ebpf');
  await run.approve();
  await doByHand(run, cluster, steps);
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure ?? report.findings)).toBe('migrated');
  await worker?.stop();
  return { cluster, before, snapshot: report.snapshot?.name ?? '' };
}

/** Waits until the Installation has this dataplane: then the dataplane was taken back. */
async function installationIs(admin: Cluster, dataplane: string): Promise<void> {
  for await (const found of watchObject(admin, installation, AbortSignal.timeout(120_000))) {
    if (found && installationSchema.parse(found).spec.calicoNetwork?.linuxDataplane === dataplane) return;
  }
  throw new Error(`the Installation has not come to ${dataplane}`);
}

/** Every node as it was before: in ipvs, with its interface, and Felix in iptables mode. */
function expectOriginalNodes(cluster: RehearsalCluster): void {
  for (const node of cluster.nodes()) {
    expect(node).toMatchObject({ proxyMode: 'ipvs', ipvsInterface: true, felixBpf: false, felixNftables: false });
  }
}

describe('by operator 1.42, which switches kube-proxy off itself', () => {
  it('a cluster is taken to eBPF: kube-proxy to iptables, nodes restarted by people, one patch', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.32', nodes: 6 });
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();

    // What ipvs mode made stays when kube-proxy leaves it.
    const first = await run.handStep();
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['iptables']));
    expect(cluster.nodes().every(({ ipvsInterface }) => ipvsInterface)).toBe(true);
    // A confirmation alone is not believed.
    await run.confirm(first.key);
    const again = await run.until('the step to be asked for again', ({ byHand }) =>
      byHand.some(({ what }) => what.includes('its boot ID is still')),
    );
    expect(again).toMatchObject({ phase: 'node-restarts', byHand: [{ key: first.key, nodes: first.nodes }] });

    expect(await doByHand(run, cluster, 4)).toEqual(groups);
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure ?? report.findings)).toBe('migrated');
    expect(report.felix.map(({ line }) => line)).toEqual(
      Array(6).fill(expect.stringContaining('BPF enabled, starting BPF endpoint manager')),
    );
    for (const node of cluster.nodes()) {
      expect(node).toMatchObject({ felixBpf: true, ipvsInterface: false, proxyMode: undefined });
    }
    const { installation, kubeProxy, felixConfiguration } = await objectsOf(cluster);
    expect(installation).toMatchObject({
      spec: {
        calicoNetwork: { linuxDataplane: 'BPF', bpfNetworkBootstrap: 'Enabled', kubeProxyManagement: 'Enabled' },
      },
    });
    expect(kubeProxy).toMatchObject({
      spec: { template: { spec: { nodeSelector: { 'operator.tigera.io/disable-kube-proxy': 'true' } } } },
    });
    expect(felixConfiguration).toMatchObject({ spec: { bpfEnabled: true, nftablesMode: 'Enabled' } });
    expect(report.remarks).toEqual([expect.stringContaining('and it was not done: ')]);

    const next = await start(REQUESTER, 'ebpf');
    const { outcome } = await next.until('its end', (seen) => seen.outcome !== undefined || seen.phase === 'approval');
    expect(outcome, JSON.stringify((await next.report()).plan?.changes)).toBe('nothing-to-do');
  });

  it('a rollback from the soak gives everything back: objects, modes, and kube-proxy on every node', async () => {
    const { cluster, start } = await rehearse({
      calicoVersion: '3.32',
      nodes: 6,
      entry: { rollout: { soak: '10m' } },
    });
    const before = await objectsOf(cluster);
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();
    await doByHand(run, cluster, 4);
    await run.until('the soak', ({ phase }) => phase === 'soak');
    await run.say('rollback');
    const report = await run.ended();

    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expectOriginalNodes(cluster);
    expect(report.nodes.map(({ mode }) => mode)).toEqual(Array(6).fill('ipvs'));
  });

  it('restore, long after its end and without worker, gives everything back', async () => {
    const { cluster, before, snapshot } = await runsEbpf({ calicoVersion: '3.32', nodes: 6 }, 4);
    const place = ['--kubeconfig', cluster.kubeconfigPath, '--context', cluster.context];
    const done = await runCli(['restore', ...place, '--yes', '-o', 'json']);
    expect(done, done.stderr).toMatchObject({ code: 3 });
    expect(JSON.parse(done.stdout)).toMatchObject({ outcome: 'rolled-back', snapshot });
    expect(await objectsOf(cluster)).toEqual(before);
    expectOriginalNodes(cluster);
  });

  it('restore.sh, with kubectl alone, gives everything back', async () => {
    const { cluster, before, snapshot } = await runsEbpf({ calicoVersion: '3.32', nodes: 6 }, 4);
    const done = await runRestoreScript(cluster, { kubeconfig: cluster.kubeconfigPath, snapshot });
    expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
    expect(await objectsOf(cluster)).toEqual(before);
    await cluster.settled();
    expectOriginalNodes(cluster);
  });

  it('a restart that is left out is a risk in the report, and where it comes true the run goes back', async () => {
    const { cluster, start } = await rehearse({
      calicoVersion: '3.32',
      nodes: 6,
      entry: { calico: { timeout: '15s' } },
    });
    const before = await objectsOf(cluster);
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();
    const skipped = await run.handStep();
    expect(await run.confirm(skipped.key, { skip: true, comment: 'no window' })).toContain('left out');
    expect(await doByHand(run, cluster, 3)).toEqual(groups.slice(1));
    const report = await run.ended();

    expect(report.remarks).toEqual([
      expect.stringMatching(new RegExp(`^Left out by ${APPROVER}: restart .*: no window$`)),
      expect.stringMatching(/^Risk: of group workers-zone-a .*: node-03\. .*calico#12476.*calico#8929/),
    ]);
    expect(report.outcome).toBe('rolled-back');
    expect(report.failure).toMatchObject({ kind: 'Unhealthy', nodes: [{ node: 'node-03' }] });
    expect(report.failure?.message).toMatch(/kube-ipvs0 is still on the node|about to restart|does not show the start/);
    expect(await objectsOf(cluster)).toEqual(before);
    expectOriginalNodes(cluster);
  });

  it('a step that was done before it is left out is no risk', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.31', nodes: 3 });
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();
    const first = await run.handStep();
    await playPerson(cluster, first);
    await run.confirm(first.key, { skip: true });
    await doByHand(run, cluster, 2);
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure ?? report.findings)).toBe('migrated');
    expect(report.remarks).toEqual([expect.stringMatching(/^Left out by /)]);
  });
});

describe('by operator 1.38, where people tell Calico the address and switch kube-proxy', () => {
  it('a cluster is taken to eBPF, and back by a rollback, with their help', async () => {
    const { cluster, start } = await rehearse({
      calicoVersion: '3.30',
      nodes: 3,
      entry: { rollout: { soak: '10m' } },
    });
    const before = await objectsOf(cluster);
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();
    expect(await doByHand(run, cluster, 5)).toEqual([
      'restart-nodes-workers-zone-b',
      'restart-nodes-workers-zone-c',
      'restart-nodes-control-plane',
      'api-server-address',
      'kube-proxy-off',
    ]);
    await run.until('the soak', ({ phase }) => phase === 'soak');
    for (const node of cluster.nodes()) expect(node).toMatchObject({ felixBpf: true, proxyMode: undefined });
    const { installation, felixConfiguration } = await objectsOf(cluster);
    expect(installation).toHaveProperty('spec.calicoNetwork.linuxDataplane', 'BPF');
    expect(installation).not.toHaveProperty('spec.calicoNetwork.kubeProxyManagement');
    expect(felixConfiguration).toMatchObject({ spec: { bpfEnabled: true, nftablesMode: 'Disabled' } });

    await run.say('rollback');
    expect(await doByHand(run, cluster, 1)).toEqual(['kube-proxy-on']);
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expectOriginalNodes(cluster);
  });

  it('restore says what a person has to switch on, waits for it, and gives everything back', async () => {
    const { cluster, before } = await runsEbpf({ calicoVersion: '3.30', nodes: 3 }, 5);
    const place = ['--kubeconfig', cluster.kubeconfigPath, '--context', cluster.context];
    const restoring = runCli(['restore', ...place, '--yes']);
    await installationIs(await asAdmin(cluster), 'Iptables');
    await playPerson(cluster, { key: 'kube-proxy-on', what: '', nodes: [] });
    const done = await restoring;
    expect(done, done.stderr).toMatchObject({ code: 3, stderr: expect.stringContaining('"non-calico":null') });
    expect(await objectsOf(cluster)).toEqual(before);
    expectOriginalNodes(cluster);
  });
});
