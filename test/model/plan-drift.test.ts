import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { describeDrift, driftOf, planDriftSchema } from '../../src/model/plan-drift.ts';
import { kubeProxyPlan } from '../fixtures/kube-proxy-plan.ts';

const plan = (more: Partial<Plan> = {}): Plan => ({
  cluster: { name: 'one', uid: 'uid', kubernetesVersion: 'v1.35.4' },
  target: 'nftables',
  nodes: [{ mode: 'ipvs', kernel: '6.8.0', names: ['cp-1', 'node-1'] }],
  kubeProxy: kubeProxyPlan({ configBefore: 'a', configAfter: 'b', waves: [['node-1'], ['cp-1']] }),
  changes: [{ object: 'ConfigMap kube-system/kube-proxy', diff: '-mode: ipvs\n+mode: nftables', undo: 'put back' }],
  objects: [{ object: 'ConfigMap kube-system/kube-proxy', hash: 'a' }],
  ignoredChecks: [],
  findings: [],
  approval: { approvers: [], timeoutMs: 1, count: 1, require: 'named', gates: ['plan'] },
  soakMs: 0,
  ...more,
});
const lines = (after: Plan, before = plan()) => driftOf(before, after).map(describeDrift);

describe('driftOf', () => {
  it('is empty between equal plans', () => {
    expect(driftOf(plan(), plan())).toEqual([]);
  });

  it('names a node that joined, and not the ones around it', () => {
    const nodes: Plan['nodes'] = [{ names: ['added'], mode: 'ipvs', kernel: '6.9.0' }, ...plan().nodes];
    expect(lines(plan({ nodes }))).toEqual([
      'nodes.added.kernel: 6.9.0 (new)',
      'nodes.added.mode: ipvs (new)',
      'nodes.added.name: added (new)',
    ]);
  });

  it('says from what to what', () => {
    const nodes: Plan['nodes'] = [{ names: ['cp-1'], mode: 'nftables', kernel: '6.8.0' }];
    expect(lines(plan({ nodes }))).toEqual([
      'nodes.cp-1.mode: ipvs → nftables',
      'nodes.node-1.kernel: 6.8.0 (gone)',
      'nodes.node-1.mode: ipvs (gone)',
      'nodes.node-1.name: node-1 (gone)',
    ]);
  });

  it('tells other windows, in words', () => {
    const window = { start: '0 22 * * *', durationMs: 1, timeZone: 'UTC' };
    expect(lines(plan({ windows: [{ ...window, start: '0 2 * * *' }] }), plan({ windows: [window] }))).toEqual([
      'windows: {"start":"0 22 * * *","durationMs":1,"timeZone":"UTC"} → {"start":"0 2 * * *","durationMs":1,"timeZone":"UTC"}',
    ]);
  });

  it('tells a new warning, an object that was edited, and other waves', () => {
    const kubeProxy: Plan['kubeProxy'] = { ...plan().kubeProxy, waves: [['cp-1'], ['node-1']] };
    const objects = [{ object: 'ConfigMap kube-system/kube-proxy', hash: 'c' }];
    const findings: Plan['findings'] = [
      { code: 'PXS015', severity: 'warning', message: 'ipvs.scheduler is lc', objects: [] },
    ];
    const drift = lines(plan({ kubeProxy, objects, findings }));
    expect(drift).toContain('kubeProxy.waves: [node-1], [cp-1] → [cp-1], [node-1]');
    expect(drift).toContain('objects.ConfigMap kube-system/kube-proxy.hash: a → c');
    expect(drift).toContain('findings.PXS015 ipvs.scheduler is lc.severity: warning (new)');
  });

  it('shows a text that spans lines as one', () => {
    const changes = [
      { object: 'ConfigMap kube-system/kube-proxy', diff: '-mode: ipvs\n+mode: iptables', undo: 'put back' },
    ];
    expect(lines(plan({ changes }))).toEqual([
      'changes.ConfigMap kube-system/kube-proxy.diff: -mode: ipvs ⏎ +mode: nftables → -mode: ipvs ⏎ +mode: iptables',
    ]);
  });

  it('shows where two long texts differ, however far from their start', () => {
    const before = { object: 'ConfigMap kube-system/kube-proxy', diff: `${'x'.repeat(500)}ipvs`, undo: 'put back' };
    const [line, ...others] = lines(
      plan({ changes: [{ ...before, diff: `${'x'.repeat(500)}iptables` }] }),
      plan({ changes: [before] }),
    );
    expect(others).toEqual([]);
    expect(line).toMatch(/\.diff: …x{30,40}ipvs → …x{30,40}iptables$/);
  });

  it('is short also for the waves of 2,000 nodes', () => {
    const waves = Array.from({ length: 200 }, (_, wave) =>
      Array.from({ length: 10 }, (_, at) => `node-${wave * 10 + at}`),
    );
    const of = (list: string[][]) => plan({ kubeProxy: { ...plan().kubeProxy, waves: list } });
    const drift = driftOf(of(waves), of(waves.slice(1)));
    expect(drift).toHaveLength(1);
    expect(JSON.stringify(drift).length).toBeLessThan(500);
  });

  it('counts what would fill the page', () => {
    const names = Array.from({ length: 100 }, (_, at) => `n${at}`);
    const drift = driftOf(plan(), plan({ nodes: [...plan().nodes, { names, mode: 'ipvs', kernel: '6' }] }));
    expect(drift).toHaveLength(41);
    expect(drift.map(describeDrift).at(-1)).toBe('and 260 more');
    for (const one of drift) expect(planDriftSchema.parse(one)).toEqual(one);
  });
});
