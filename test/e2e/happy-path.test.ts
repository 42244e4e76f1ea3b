import { describe, expect, it } from 'vitest';
import { APPROVER, rehearse } from './support/rehearse.ts';

describe('a healthy cluster is migrated', () => {
  it.each([
    { calico: 'operator', calicoVersion: '3.31', mode: 'Enabled' },
    { calico: 'operator', calicoVersion: '3.32', mode: 'Auto' },
    { calico: 'operator', calicoVersion: '3.30', mode: 'Enabled' },
    { calico: 'manifest', calicoVersion: '3.31', mode: 'Enabled' },
    { calico: 'manifest', calicoVersion: '3.32', mode: 'Auto' },
    { calico: 'none', calicoVersion: '3.31', mode: undefined },
  ] as const)('with Calico $calicoVersion by $calico', async ({ calico, calicoVersion, mode }) => {
    const { cluster, start } = await rehearse({ calico, calicoVersion });
    const run = await start();
    await run.approve();
    if (calicoVersion === '3.30') await run.confirm('flush-stale-rules');
    const report = await run.ended();

    expect(report.outcome, JSON.stringify(report.failure ?? report.findings)).toBe('migrated');
    expect(report.messages.slice(0, 1)).toMatchObject([
      { message: 'approve', by: APPROVER, planHash: report.planHash },
    ]);
    expect(report.nodes.map((proof) => [proof.node, proof.mode, proof.synced])).toEqual(
      expect.arrayContaining(cluster.nodes().map(({ name }) => [name, 'nftables', true])),
    );
    expect(report.nodes).toHaveLength(5);
    for (const proof of report.nodes) expect(proof.line).toContain('Using nftables Proxier');
    expect(report.felix.map((proof) => proof.nftablesMode)).toEqual(mode === undefined ? [] : Array(5).fill(mode));
    if (calicoVersion === '3.32' && mode) expect(report.felix.every((proof) => proof.useNftables)).toBe(true);
    for (const node of cluster.nodes()) {
      expect(node).toMatchObject({ proxyMode: 'nftables', felixNftables: mode === undefined ? undefined : true });
    }
  });
});
