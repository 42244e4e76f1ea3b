import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { checkMarkdown } from '../../../src/cli/render/check-markdown.ts';
import { renderCheckShort } from '../../../src/cli/render/check-short.ts';
import { renderCheckTable } from '../../../src/cli/render/check-table.ts';
import { isAsciiOnly, toAscii } from '../../../src/cli/render/signs.ts';
import { checkDocument, checkDocumentSchema } from '../../../src/model/check-document.ts';
import { type CheckResult, checkResultSchema, verdictOf } from '../../../src/model/check-result.ts';

const colors = pc.createColors(false);

function result(code: string, category: CheckResult['category'], title: string, more: object): CheckResult {
  const made = checkResultSchema.parse({ code, category, title, looksAt: 'it', verdict: 'ok', findings: [], ...more });
  return { ...made, verdict: made.verdict === 'skipped' ? 'skipped' : verdictOf(made.findings) };
}

const finding = (code: string, severity: string, message: string, more = {}) => ({ code, severity, message, ...more });

/** One of each. */
const results = [
  result('PXS002', 'cluster', 'Kubernetes is 1.31 or newer', { saw: 'Kubernetes v1.35.4' }),
  result('PXS008', 'cluster', 'No other run holds the lock', { verdict: 'skipped' }),
  result('PXS003', 'nodes', 'Every Linux node has kernel 5.13 or newer', {
    saw: '12 nodes, kernels 4.18.0 to 6.8.0',
    findings: [
      finding('PXS003', 'blocker', 'kube-proxy in nftables mode needs kernel 5.13 or newer; older: node-2 (4.18.0)', {
        objects: ['Node node-2', 'Node node-3'],
        fix: 'Upgrade the kernel of these nodes, or replace them',
        command:
          'kubectl drain NODE --ignore-daemonsets --delete-emptydir-data --force --timeout=300s --grace-period=60',
      }),
    ],
  }),
  result('PXS014', 'kube-proxy', 'IPVS has no entries of others', {
    saw: 'ipvs.excludeCIDRs: 192.0.2.0/24',
    findings: [finding('PXS014', 'warning', 'IPVS entries of others are flushed', { ignored: true })],
  }),
  result('PXS060', 'services', 'NodePorts stay', {
    findings: [
      finding('PXS060', 'blocker', 'Not known: timed out', { unknown: true, fix: 'See: kubectl get services -A' }),
    ],
  }),
  result('PXS061', 'services', 'Addresses stay', {
    findings: [finding('PXS061', 'blocker', 'Not known, for the same reason as PXS060', { unknown: true })],
  }),
  result('PXS062', 'services', 'Sessions stay', {
    saw: '2 Services',
    findings: [
      finding('PXS062', 'warning', 'A Service changes → its clients notice'),
      finding('PXS062', 'note', 'So does *another* <one>'),
    ],
  }),
];

const subject = {
  cluster: 'prod-1',
  uid: '0f3c5a6e-1111-4222-8333-444455556666',
  source: 'cluster' as const,
  target: 'nftables' as const,
  ignoredChecks: ['PXS014'],
  docsOf: ({ code }: { code: string }) => `docs/checks.md#${code.toLowerCase()}`,
};
const checked = checkDocument(results, { ...subject, sampled: { nodes: 100, of: 5000 } });

describe('the document', () => {
  it('counts, and is what its schema says', () => {
    expect(checkDocumentSchema.parse(checked)).toEqual(checked);
    expect(checked.counts).toEqual({ ok: 1, note: 0, warning: 2, blocker: 1, unknown: 2, skipped: 1 });
    expect(checked).toMatchObject({ success: false, exitCode: 1 });
    expect(checked.categories.map(({ categoryName }) => categoryName)).toEqual([
      'cluster',
      'nodes',
      'kube-proxy',
      'services',
    ]);
  });

  it.each([
    ['fine', ['PXS002'], 0],
    ['a warning', ['PXS014', 'PXS062'], 0],
    ['what was skipped', ['PXS008'], 0],
    ['not known', ['PXS002', 'PXS061'], 2],
    ['a blocker, and not known', ['PXS003', 'PXS061'], 1],
  ])('exit code: %s', (_name, codes, exitCode) => {
    const some = results.filter(({ code }) => codes.includes(code));
    expect(checkDocument(some, subject)).toMatchObject({ exitCode, success: exitCode === 0 });
  });
});

describe('the table', () => {
  it('is laid out as linkerd does it, and fits 80 columns but for commands', () => {
    expect(renderCheckTable(checked, { colors, columns: 80 })).toBe(`\
prod-1 to nftables, kube-system uid 0f3c5a6e-1111-4222-8333-444455556666

cluster
-------
√ PXS002 Kubernetes is 1.31 or newer  Kubernetes v1.35.4
- PXS008 No other run holds the lock  needs the cluster

nodes
-----
× PXS003 Every Linux node has kernel 5.13 or newer
    12 nodes, kernels 4.18.0 to 6.8.0
    kube-proxy in nftables mode needs kernel 5.13 or newer; older: node-2
    (4.18.0)
    Node node-3
    fix: Upgrade the kernel of these nodes, or replace them
      kubectl drain NODE --ignore-daemonsets --delete-emptydir-data --force --timeout=300s --grace-period=60
    see docs/checks.md#pxs003

kube-proxy
----------
‼ PXS014 IPVS has no entries of others
    ipvs.excludeCIDRs: 192.0.2.0/24
    IPVS entries of others are flushed
    a blocker, set aside by --ignore-checks
    see docs/checks.md#pxs014

services
--------
? PXS060 NodePorts stay
    Not known: timed out
    fix: See:
      kubectl get services -A
    see docs/checks.md#pxs060
? PXS061 Addresses stay
    Not known, for the same reason as PXS060
‼ PXS062 Sessions stay
    2 Services
    ‼ A Service changes → its clients notice
    · So does *another* <one>
    see docs/checks.md#pxs062

kube-proxy and Felix were asked on 100 of 5000 nodes; all of them: --all-nodes
Ignored, as --ignore-checks says: PXS014.
Status check results are ×  1 blocker, 2 unknown, 2 warnings, 1 ok, 1 skipped`);
  });

  it('cuts evidence to the width of a terminal, and nowhere else', () => {
    const saw = 'evidence that is long enough to reach the end of a line of eighty columns';
    const long = checkDocument([result('PXS002', 'cluster', 'Kubernetes is 1.31 or newer', { saw })], subject);
    const line = (columns?: number) => renderCheckTable(long, { colors, columns }).split('\n')[4] ?? '';
    expect(line()).toContain(saw);
    expect(line(80)).toMatch(/^√ PXS002 Kubernetes is 1\.31 or newer {2}evidence that .*…$/);
    expect(line(80).length).toBeLessThanOrEqual(80);
    expect(line(44)).toBe('√ PXS002 Kubernetes is 1.31 or newer');
  });

  it('has an ASCII form, and colours where there are some', () => {
    const plain = renderCheckTable(checked, { colors, ascii: true, columns: 80 });
    expect(plain).toContain('xx PXS003');
    expect(plain).toContain('!! A Service changes -> its clients notice');
    expect(plain).toMatch(/Status check results are xx {2}1 blocker/);
    const bright = pc.createColors(true);
    expect(renderCheckTable(checked, { colors: bright })).toContain(bright.green('√'));
  });
});

it('checks in a row that saw the same are counted in the table, and listed in the document', () => {
  const codes = ['PXS020', 'PXS021', 'PXS022', 'PXS023', 'PXS024'];
  const calico = codes.map((code) => result(code, 'calico', `Title of ${code}`, { saw: 'no Calico' }));
  const document = checkDocument([...calico, result('PXS025', 'calico', 'Another', { saw: 'more' })], subject);
  expect(renderCheckTable(document, { colors: pc.createColors(false) })).toContain(
    '√ PXS020 Title of PXS020  no Calico\n√ 4 more checks  no Calico\n√ PXS025 Another  more\n',
  );
  expect(document.categories[0]?.checks).toHaveLength(6);
});

describe('for a chat', () => {
  it('has a line for each blocker, unknown and warning; what is the same is said once', () => {
    const twice = [
      ...results,
      result('PXS063', 'services', 'More', {
        findings: [finding('PXS063', 'blocker', 'Not known, for the same reason as PXS060', { unknown: true })],
      }),
    ];
    expect(renderCheckShort(checkDocument(twice, subject), { colors }).split('\n')).toEqual([
      '× prod-1 to nftables: 1 blocker, 3 unknown, 2 warnings, 1 ok, 1 skipped',
      '× PXS003 kube-proxy in nftables mode needs kernel 5.13 or newer; older: node-2 (4.18.0)',
      '‼ PXS014 IPVS entries of others are flushed (ignored)',
      '? PXS060 Not known: timed out',
      '? PXS061, PXS063 Not known, for the same reason as PXS060',
      '‼ PXS062 A Service changes → its clients notice',
    ]);
  });
});

describe('for a ticket', () => {
  it('has commands to paste, and shows text as it is', () => {
    const text = checkMarkdown(checked);
    expect(text).toMatch(/^# Preflight checks: prod-1 to nftables\n\n\*\*Blocked\*\*: 1 blocker, 2 unknown/);
    expect(text).toContain('- Ignored, as --ignore-checks says: PXS014.');
    expect(text).toContain('**note**: So does \\*another\\* \\<one>');
    expect(text).toContain('```sh\nkubectl get services -A\n```');
    expect(text).toContain('**blocker, ignored**: IPVS entries of others are flushed');
    expect(text).toContain('| cluster | PXS008 No other run holds the lock | skipped |  |');
    expect(text.indexOf('## Blockers')).toBeLessThan(text.indexOf('## Not known'));
    expect(text).not.toMatch(/\n{3}/);
  });
});

describe('ASCII', () => {
  it.each<[NodeJS.ProcessEnv, boolean]>([
    [{}, false],
    [{ LANG: '' }, false],
    [{ LANG: 'en_US.UTF-8' }, false],
    [{ LANG: 'C.utf8' }, false],
    [{ LANG: 'C' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, true],
    [{ LANG: 'C', LC_ALL: 'en_US.UTF-8' }, false],
    [{ LANG: 'en_US.UTF-8', LC_CTYPE: 'POSIX' }, true],
  ])('%j: %s', (environment, expected) => expect(isAsciiOnly(environment)).toBe(expected));

  it('spells what can be spelled', () => {
    expect(toAscii('a → b … “c” ≥ d – é')).toBe('a -> b ... "c" >= d - ?');
  });
});
