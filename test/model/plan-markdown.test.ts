import { describe, expect, it } from 'vitest';
import { type Plan, planSchema } from '../../src/model/plan.ts';
import { planMarkdown } from '../../src/model/plan-markdown.ts';
import { plan, planHash } from '../cli/fixtures.ts';

const full: Plan = planSchema.parse({
  ...plan,
  changes: [
    ...plan.changes,
    { object: '4 Pods kube-system/kube-proxy-*', diff: 'deleted in 3 waves; made anew', undo: 'Nodes are restarted.' },
  ],
  objects: [{ object: 'ConfigMap kube-system/kube-proxy', hash: 'd'.repeat(64) }],
  estimate: { nodeMs: 18_000, totalMs: 134_000, basis: 'a pod here took up to 5 s to start' },
  ignoredChecks: ['PXS014', 'PXS016'],
  findings: [
    {
      code: 'PXS014',
      severity: 'warning',
      message: 'IPVS entries of others are flushed',
      objects: ['ConfigMap kube-system/kube-proxy'],
      fix: 'Move them elsewhere',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
      ignored: true,
    },
  ],
  approval: { approvers: ['grace', 'alan'], timeoutMs: 86_400_000, count: 2, require: 'signed' },
});

describe('a plan for a change ticket', () => {
  const text = planMarkdown(full, planHash);

  it('has all that an approver has to know', () => {
    for (const fact of [
      '# Plan: prod-1 to nftables',
      `- **uid of kube-system**: ${full.cluster.uid}`,
      '- **kube-proxy**: ipvs → nftables',
      'linuxDataplane Iptables → Nftables',
      '- **Nodes**: 4 (4 in ipvs)',
      '- **Canary**: node-01 (named in clusters.yaml)',
      '- **Waves**: 2 after the canary, of at most 2 nodes',
      'about 2 min 14 s after the approval, 18 s a node. A pod here took up to 5 s to start.',
      '2 different people of grace, alan, signed with an SSH key each, within 1 day',
      '- **Checks set aside by the requester**: PXS014, PXS016 (found nothing)',
      `- **Plan hash**: \`${planHash}\``,
      '| 1 (canary) | node-01 |',
      '| 2 | node-02, node-03 |',
      `| ConfigMap kube-system/kube-proxy | \`${'d'.repeat(64)}\` |`,
      '**PXS014** (a blocker, set aside by the requester): IPVS entries',
      '```sh\nkubectl -n kube-system edit configmap kube-proxy\n```',
    ])
      expect(text).toContain(fact);
  });

  it('has when waves may start and what holds them, and nothing of it where there is nothing', () => {
    const windows = [
      { start: '0 22 * * 1-5', durationMs: 21_600_000, timeZone: 'Europe/Berlin' },
      { start: '0 4 * * SUN', durationMs: 5_400_000, timeZone: 'UTC' },
    ];
    const freeze = [
      { from: '2026-12-20', to: '2027-01-06', timeZone: 'UTC', why: 'year *end*' },
      { from: '2027-05-01', to: '2027-05-01', timeZone: 'UTC' },
    ];
    const alerts = {
      url: 'https://prometheus',
      names: ['A_b', 'C'],
      onUnreachable: 'firing' as const,
      patienceMs: 600_000,
    };
    const held = planMarkdown({ ...full, windows, freeze, alerts }, planHash);
    for (const fact of [
      '- **Maintenance windows**: waves start only at 0 22 \\* \\* 1-5 (Europe/Berlin) for 6 h; or 0 4 \\* \\* SUN (UTC) for 1 h 30 min',
      '- **Freeze**: no wave starts from 2026-12-20 to 2027-01-06 (UTC, year \\*end\\*); nor from 2027-05-01 (UTC)',
      '- **Alerts**: a wave waits up to 10 min while one fires of A\\_b, C at https://prometheus, which counts as firing where',
    ])
      expect(held).toContain(fact);
    expect(text).not.toMatch(/Maintenance windows|Freeze|Alerts/);
  });

  it('shows a diff as a diff, a sentence as text, and the undo of each', () => {
    expect(text).toContain('-mode: ipvs\n+mode: nftables\n nftables:\n```\n\nUndo: the saved text is put back');
    expect(text.match(/^```diff$/gm)).toHaveLength(1);
    expect(text).toContain('**4 Pods kube-system/kube-proxy-\\***\n\ndeleted in 3 waves; made anew\n\nUndo: ');
  });

  it('is short enough to read for 5,000 nodes', () => {
    const waves = [['n-0'], ...Array.from({ length: 100 }, (_, wave) => names(wave))];
    const large = planMarkdown({ ...full, kubeProxy: { ...full.kubeProxy, waves } }, planHash);
    expect(large).toContain('| 2 | node-0-0, node-0-1, node-0-2, node-0-3, node-0-4, node-0-5, ');
    expect(large).toContain('and 41 more |');
    expect(large).toContain('| 62 more | 3100 nodes |');
    expect(large.split('\n').length).toBeLessThan(150);
  });

  it('says so where nothing is left to do, and asks for no approval of it', () => {
    const { calico: _calico, ...rest } = full;
    const kubeProxy = { ...full.kubeProxy, needed: false, waves: [] };
    const done = planMarkdown({ ...rest, kubeProxy, changes: [], findings: [], ignoredChecks: [] }, undefined);
    expect(done).toContain('- **kube-proxy**: is nftables already');
    expect(done).toContain('- **Calico**: none');
    for (const absent of ['Plan hash', '## Changes', '## Order', '## Warnings', 'set aside'])
      expect(done).not.toContain(absent);
  });

  it('is the same text for the same plan', () => {
    expect(planMarkdown(structuredClone(full), planHash)).toBe(text);
  });
});

function names(wave: number): string[] {
  return Array.from({ length: 50 }, (_, index) => `node-${wave}-${index}`);
}
