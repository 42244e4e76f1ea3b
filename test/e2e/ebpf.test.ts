import { describe, expect, it } from 'vitest';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { modesOf, objectsOf } from './support/objects.ts';
import { REQUESTER, type Run, rehearse } from './support/rehearse.ts';

/** Restarts what the run asks for, group by group, until the run asks for nothing more of that kind. */
async function restartGroups(run: Run, cluster: RehearsalCluster, groups: number): Promise<string[]> {
  const keys: string[] = [];
  for (let group = 0; group < groups; group += 1) {
    const { key, nodes } = await run.handStep();
    for (const node of nodes) await cluster.rebootNode(node);
    await run.confirm({ step: key });
    keys.push(key);
  }
  return keys;
}

describe('a cluster is taken to eBPF mode', () => {
  it('by operator 1.42: kube-proxy to iptables, nodes restarted by people, one patch, kube-proxy switched off', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.32', nodes: 6 });
    const run = await start(REQUESTER, 'ebpf');
    await run.approve();

    // What ipvs mode made stays when kube-proxy leaves it.
    const first = await run.handStep();
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['iptables']));
    expect(cluster.nodes().every(({ ipvsInterface }) => ipvsInterface)).toBe(true);
    // A confirmation is not believed.
    await run.confirm({ step: first.key });
    const again = await run.until('the step to be asked for again', ({ byHand }) =>
      byHand.some(({ what }) => what.includes('its boot ID is still')),
    );
    expect(again.byHand).toMatchObject([{ key: first.key, nodes: first.nodes }]);

    const keys = await restartGroups(run, cluster, 4);
    expect(keys).toEqual([
      'restart-nodes-workers-zone-a',
      'restart-nodes-workers-zone-b',
      'restart-nodes-workers-zone-c',
      'restart-nodes-control-plane',
    ]);
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
    const { outcome, findings } = await next.ended();
    expect(outcome, JSON.stringify(findings)).toBe('nothing-to-do');
  });
});
