import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { reportHtml } from '../../src/report/document.ts';
import { rolledBack } from '../cli/fixtures.ts';
import { hostileReport, migratedReport } from '../fixtures/reports.ts';
import { attribute, elementsIn, ParsedDocument, textOf } from '../support/outline.ts';

const options = { now: Date.parse('2026-03-05T08:00:00.000Z'), version: '1.2.3' };
const made = (report: Report) => new ParsedDocument(reportHtml(report, options));

describe('a report as HTML', () => {
  const document = made(migratedReport({ nodes: 12 }));
  const section = (id: string) => textOf(document.byId(id));

  it('has its parts in the order in which they are read', () => {
    expect(document.headings).toEqual([
      '1 production: ✓ migrated',
      '2 To change outside of the cluster, so that it stays',
      '3 kube-proxy: kubespray',
      '3 Calico: Helm',
      '2 Who asked, who approved',
      '2 Plan',
      '2 Timeline',
      '2 Traffic',
      '2 What changed',
      '3 ConfigMap kube-system/kube-proxy',
      '3 12 Pods kube-system/kube-proxy-*',
      '3 Installation default',
      '2 Proof, node by node',
      '2 Warnings accepted',
      '2 How to undo it',
      '2 Versions and where the record is',
    ]);
  });

  it('says the verdict first', () => {
    const [header] = document.named('header');
    if (header === undefined) throw new Error('no header');
    const text = textOf(header);
    for (const fact of [
      'Every node and component is in the target mode, verified.',
      'ipvs → nftables',
      '12 of 12 nodes seen in nftables',
      'Asked for byada@example.com',
      'Approved bygrace@example.com, lin@example.com',
    ])
      expect(text).toContain(fact);
  });

  it('has who said what, the hash, the diffs, the proof of each node, and how to undo it', () => {
    expect(section('people')).toContain('2026-03-04 23:53:02 UTCgrace@example.com approveCHG-4711');
    expect(section('people')).toContain('refused approve: ada@example.com asked for this migration');
    expect(section('plan')).toMatch(/Hash[0-9a-f]{64}/);
    const marked = elementsIn(document.byId('changes')).filter(({ tagName }) => tagName === 'ins' || tagName === 'del');
    expect(marked.map(textOf)).toEqual([
      '-mode: ipvs',
      '+mode: nftables',
      '-nodePortAddresses: null',
      '+nodePortAddresses: ["0.0.0.0/0"]',
      '-linuxDataplane: Iptables',
      '+linuxDataplane: Nftables',
    ]);
    const rows = elementsIn(document.byId('proof')).filter(({ tagName }) => tagName === 'tr');
    expect(rows).toHaveLength(13);
    expect(textOf(rows[2] ?? document.byId('proof'))).toMatch(
      /^node-01nftablesAutoby proxyMode \+ log, synced, 03-04 23:53:25 to 23:53:39I0304 .* "Using nftables Proxier"$/,
    );
    expect(textOf(rows[1] ?? document.byId('proof'))).toContain('3 connections cut with IPVS');
    expect(section('undo')).toContain(
      'proxyshift rollback production --snapshot proxyshift-snapshot-01960000 --as YOU',
    );
    expect(section('undo')).toContain("jsonpath='{.data.restore\\.sh}' | DRY_RUN=yes sh");
  });

  it('says which line to change, and where', () => {
    const text = section('sources');
    expect(text).toContain('In INVENTORY/group_vars/k8s_cluster/k8s-cluster.yml: kube_proxy_mode: nftables');
    expect(text).toContain('calicoNetwork: linuxDataplane: Nftables');
  });

  it('explains the waits that are drawn shorter', () => {
    const text = section('timeline');
    expect(text).toContain('A 03-04 21:50:00, 2 h 3 min (drawn shorter): approve by grace@example.com');
    expect(text).toContain('approve (gate canary) by lin@example.com');
    expect(text).toContain('pause by grace@example.com; resume by grace@example.com');
  });

  it('needs nothing from elsewhere and runs nothing', () => {
    expect(document.named('script', 'link', 'iframe', 'img', 'object', 'embed', 'form', 'base')).toEqual([]);
    const policy = document.named('meta').find((element) => attribute(element, 'http-equiv'));
    expect(policy && attribute(policy, 'content')).toMatch(/^default-src 'none'; style-src 'unsafe-inline'/);
    const targets = document.elements.flatMap(
      (element) => attribute(element, 'href') ?? attribute(element, 'src') ?? [],
    );
    expect(targets.filter((target) => !target.startsWith('#'))).toEqual([]);
    expect(reportHtml(migratedReport({ nodes: 3 }), options)).not.toMatch(/@import|url\(/);
  });

  it('takes its colours from variables, so that a drawing fits a light and a dark page', () => {
    const colours = document.elements.flatMap(
      (element) => attribute(element, 'fill') ?? attribute(element, 'stroke') ?? [],
    );
    expect(colours.length).toBeGreaterThan(20);
    expect(colours.filter((colour) => !/^(var\(--[\w-]+\)|none|transparent)$/.test(colour))).toEqual([]);
  });
});

describe('what a cluster puts into texts', () => {
  const document = made(hostileReport());

  it('stays text', () => {
    expect(document.named('script', 'img')).toEqual([]);
    const attributes = document.elements.flatMap(({ attrs }) => attrs.map(({ name }) => name));
    expect(attributes.filter((name) => name.startsWith('on'))).toEqual([]);
    for (const id of [
      'failure',
      'blockers',
      'remarks',
      'people',
      'plan',
      'timeline',
      'traffic',
      'changes',
      'proof',
      'undo',
      'versions',
    ])
      expect(textOf(document.byId(id)), id).toContain('<script>alert(1)</script>');
  });

  it('does not turn the direction of writing', () => {
    expect(reportHtml(hostileReport(), options)).not.toContain('\u202e');
  });
});

describe('other endings', () => {
  it('a failure comes before all else, and what was undone has no lines to change', () => {
    const document = made({ ...rolledBack, sources: migratedReport({ nodes: 3 }).sources });
    expect(document.headings.slice(0, 3)).toEqual([
      '1 prod-1: ↩ rolled-back',
      '2 What failed',
      '2 Who asked, who approved',
    ]);
    expect(textOf(document.byId('failure'))).toContain('node-03: never syncedUsing nftables Proxier');
    expect(textOf(document.byId('undo'))).toContain('It has been undone');
  });

  it('an open run is one, with the way to undo it', () => {
    const { outcome: _outcome, endedAt: _endedAt, ...open } = migratedReport({ nodes: 3 });
    const document = made(open);
    expect(document.headings[0]).toBe('1 production: … open');
    expect(textOf(document.byId('undo'))).toContain('proxyshift rollback production --as YOU');
  });

  it('a run that was blocked has what is in the way, and no parts without content', () => {
    const { plan: _plan, planHash: _hash, snapshot: _snapshot, ...rest } = migratedReport({ nodes: 3 });
    const document = made({
      ...rest,
      outcome: 'blocked',
      findings: [{ code: 'PXS003', severity: 'blocker', message: 'an old kernel', objects: [] }],
      messages: [],
      refused: [],
      nodes: [],
      felix: [],
      waves: [],
      steps: rest.steps.slice(0, 1),
    });
    expect(document.headings).toEqual([
      '1 production: ✕ blocked',
      '2 What is in the way',
      '2 Who asked, who approved',
      '2 Timeline',
      '2 How to undo it',
      '2 Versions and where the record is',
    ]);
    expect(textOf(document.byId('undo'))).toContain('Nothing was written');
  });

  it('a report from before waves and sources were kept is still one', () => {
    const document = made({ ...migratedReport({ nodes: 100 }), waves: [], sources: [] });
    expect(document.headings).toContain('2 Timeline');
    expect(document.headings).not.toContain('2 To change outside of the cluster, so that it stays');
  });
});

describe('a thousand nodes', () => {
  const longName = (index: number) => `ip-10-${index >> 8}-${index & 255}-17.eu-central-1.compute.internal`;

  it.each([1, 25, 250])('are less than 2 MB in waves of %i, none of them left out', (waveSize) => {
    const text = reportHtml(migratedReport({ nodes: 1_000, waveSize, nameOf: longName }), options);
    expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
    const rows = elementsIn(new ParsedDocument(text).byId('proof')).filter(({ tagName }) => tagName === 'tr');
    expect(rows.length).toBeGreaterThanOrEqual(1_001);
  });
});
