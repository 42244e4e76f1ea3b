import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { colorsFor } from '../../src/cli/colors.ts';
import { renderDiff, renderPlan } from '../../src/cli/render/plan.ts';
import { outcomeLine, progressLines, progressOf, stuckLines } from '../../src/cli/render/progress.ts';
import { renderReport, renderSummary } from '../../src/cli/render/report.ts';
import { table } from '../../src/cli/render/table.ts';
import { outcomes } from '../../src/model/outcome.ts';
import { readable, readableGap } from '../../src/model/readable.ts';
import { phaseTimes } from '../../src/model/report-facts.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { lossyReport } from '../fixtures/measured-reports.ts';
import { plan, planHash, progress, rolledBack } from './fixtures.ts';

const plain = pc.createColors(false);
const coloured = pc.createColors(true);
const now = Date.parse('2026-03-04T10:00:10.000Z');
const escapeCode = '\u001b[';

describe('colours', () => {
  it.each([
    ['a terminal has them', { isTTY: true }, {}, true],
    ['a pipe has none', {}, {}, false],
    ['NO_COLOR turns them off', { isTTY: true }, { NO_COLOR: '1' }, false],
    ['FORCE_COLOR turns them on', {}, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR wins', {}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    ['a dumb terminal has none', { isTTY: true }, { TERM: 'dumb' }, false],
    ['CI alone does not colour a pipe', {}, { CI: 'true' }, false],
  ])('%s', (_name, stream, environment, expected) => {
    expect(colorsFor(stream, environment).isColorSupported).toBe(expected);
  });
});

describe('a plan', () => {
  const text = renderPlan(plan, planHash, plain);

  it('has all that an approver has to know', () => {
    for (const fact of [
      'Plan for prod-1',
      'ipvs → nftables',
      'linuxDataplane Iptables → Nftables',
      '4 (4 in ipvs)',
      'node-01 (named in clusters.yaml)',
      '2 after the canary, of at most 2 nodes',
      '5 min a node, 10 min for Calico, watched for 2 min afterwards',
      'grace, within 1 day',
      '    -mode: ipvs\n    +mode: nftables',
      'undo: the saved text is put back',
      '[PXS007]',
      `plan hash ${planHash}`,
    ])
      expect(text).toContain(fact);
  });

  it('shows warnings before notes, each with what to do', () => {
    expect(text.indexOf('PXS007')).toBeLessThan(text.indexOf('PXS011'));
    expect(text).toContain('      Service default/web\n      fix: kubectl get service web');
  });

  it('has no escape codes where there are no colours', () => {
    expect(text).not.toContain(escapeCode);
    expect(renderPlan(plan, planHash, coloured)).toContain(escapeCode);
  });

  it('says so where nothing is left to do for a part, and where there is no Calico', () => {
    const { calico: _calico, ...without } = plan;
    const done = renderPlan({ ...without, kubeProxy: { ...plan.kubeProxy, needed: false } }, undefined, plain);
    expect(done).toMatch(/kube-proxy +is nftables already/);
    expect(done).toMatch(/Calico +none/);
    expect(done).not.toContain('plan hash');
  });

  it('says how long it is going to take and what was set aside, in 80 columns', () => {
    const basis =
      "kube-proxy's pods here took up to 5 s to start (the median of 12, rounded up); 13 s more until a sync";
    const ignored = renderPlan(
      { ...plan, estimate: { nodeMs: 18_000, totalMs: 173_000, basis }, ignoredChecks: ['PXS007', 'PXS014'] },
      planHash,
      plain,
    );
    expect(ignored).toMatch(/^ {2}estimate {4}about 2 min 53 s after the approval, 18 s a node/m);
    expect(ignored).toMatch(/^ {2}ignored {5}PXS007 \(found nothing\), PXS014 \(found nothing\)$/m);
    expect(ignored.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('says when waves may start and what holds them, in 80 columns', () => {
    const windows = [{ start: '0 22 * * 1-5', durationMs: 21_600_000, timeZone: 'Europe/Berlin' }];
    const freeze = [{ from: '2026-12-20', to: '2027-01-06', timeZone: 'Europe/Berlin', why: 'year end' }];
    const alerts = { url: 'https://prometheus', names: ['A'], onUnreachable: 'ignore' as const, patienceMs: 600_000 };
    const held = renderPlan({ ...plan, windows, freeze, alerts }, planHash, plain);
    expect(held).toMatch(/^ {2}windows {5}waves start only at 0 22 \* \* 1-5 \(Europe\/Berlin\) for 6 h$/m);
    expect(held).toMatch(/^ {2}freeze {6}no wave starts from 2026-12-20 to 2027-01-06 \(Europe\/Berlin,/m);
    expect(held).toMatch(/^ {2}alerts {6}a wave waits up to 10 min while one fires of A at/m);
    expect(held.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(text).not.toMatch(/^ {2}(windows|freeze|alerts)/m);
  });

  it('says how many people have to approve, and whether with a signature', () => {
    const approval = (change: Partial<typeof plan.approval>) =>
      renderPlan({ ...plan, approval: { ...plan.approval, ...change } }, planHash, plain);
    expect(approval({ require: 'signed' })).toContain('grace, signed with an SSH key, within 1 day');
    expect(approval({ approvers: ['grace', 'lin'], count: 2 })).toContain(
      '2 different people of grace, lin, within 1 day',
    );
  });

  it('colours a diff by line and leaves the file names out', () => {
    const lines = renderDiff('--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n', coloured);
    expect(lines).toEqual([coloured.dim('@@ -1 +1 @@'), coloured.red('-old'), coloured.green('+new'), ' same']);
  });
});

describe('progress', () => {
  it('shows wave, nodes, and each step with its time', () => {
    expect(progressLines(progress, { colors: plain, now })).toEqual([
      `prod-1  kube-proxy  wave 2 of 3  ${'█'.repeat(6)}${'░'.repeat(18)} 1/4 nodes`,
      '  ✔ Restart kube-proxy on node-01 (canary)  3 s',
      '  ● Restart kube-proxy on node-02, node-03 (wave 2 of 3)  7 s',
    ]);
  });

  it('says what it waits for, and that it is paused', () => {
    const waiting = { ...progress, phase: 'approval' as const, steps: [], waitingFor: 'approval of plan 0123' };
    expect(progressLines(waiting, { colors: plain, now }).at(-1)).toBe('  ● waiting for approval of plan 0123');
    const paused = progressLines(
      { ...progress, paused: true, waitingFor: 'resume; then more' },
      { colors: plain, now },
    );
    expect(paused[0]).toContain('paused');
    expect(paused.at(-1)).toBe('  ● waiting for resume; then more');
  });

  it('leaves early steps out where the screen is small', () => {
    const lines = progressLines(progress, { colors: plain, now, maxSteps: 1 });
    expect(lines).toContain('  … 1 earlier steps');
    expect(lines.join()).not.toContain('canary');
  });

  it('is never wider than full', () => {
    const [head] = progressLines({ ...progress, nodes: { total: 4, done: 5 } }, { colors: plain, now });
    expect(head).toContain(`${'█'.repeat(24)} 5/4`);
  });

  it('tells what a person has to do where a rollback is stuck', () => {
    const lines = stuckLines({ ...progress, phase: 'rollback-stuck', waitingFor: 'a person: "x"' }, plain).join('\n');
    expect(lines).toContain('needs a person');
    expect(lines).toContain('It waits for a person: "x".');
    expect(lines).toContain('proxyshift status prod-1 --watch');
  });

  it.each(outcomes)('has a sentence for %s', (outcome) => {
    expect(outcomeLine('prod-1', outcome, plain)).toMatch(new RegExp(`^${outcome} {2}prod-1: \\w`));
  });

  it('is made from the report once the run has ended', () => {
    expect(progressOf(rolledBack)).toMatchObject({ outcome: 'rolled-back', nodes: { total: 4, done: 2 } });
    const lossy = progressOf(lossyReport());
    expect(lossy.longestGap).toEqual({ node: 'node-03', path: 'held', ms: 4_100 });
    expect(progressLines(lossy, { colors: plain, now }).at(-1)).toBe(
      '  longest time without an answer: 4.1 s, on node-03 by held',
    );
  });
});

describe('a report', () => {
  it('has the outcome, who said what, what failed, and the evidence of every node in order', () => {
    const text = renderReport(rolledBack, plain, now);
    for (const fact of [
      'rolled-back  prod-1: undone',
      'asked for by ada at 2026-03-04T10:00:00.000Z, 2 min 5 s',
      'Unhealthy: kube-proxy on node-03 did not come up in nftables',
      'node-03: never synced',
      'Using nftables Proxier',
      'grace: approve (“CHG-1234”)',
      'refused approve: ada asked for this migration',
      'kubectl -n kube-system get configmap proxyshift-snapshot-1 -o yaml',
    ])
      expect(text).toContain(fact);
    expect(text).toMatch(/node-02 +ipvs +not seen +log +Auto +port-forward is forbidden\n +node-10 +ipvs +yes/);
    expect(text).not.toContain(escapeCode);
  });

  it('is fit for a ticket as Markdown', () => {
    const text = reportMarkdown(rolledBack, now);
    expect(text).toMatch(/^# proxyshift: prod-1: rolled-back\n/);
    expect(text).toContain('| node-02 | ipvs | not seen | log | Auto | port-forward is forbidden |');
    expect(text).toContain('node-01 \\| back');
    expect(text).toContain('```diff\n--- a');
    expect(text).not.toMatch(/\n{3}/);
    expect(text.endsWith('\n')).toBe(true);
  });

  it('has the command of a finding, and what the requester set aside', () => {
    const finding = { code: 'PXS014', severity: 'warning' as const, message: 'entries of others are flushed' };
    const command = 'kubectl -n kube-system edit configmap kube-proxy';
    const found = [{ ...finding, objects: [], fix: 'Move them', command, ignored: true as const }];
    const withIgnored = {
      ...rolledBack,
      plan: { ...plan, ignoredChecks: ['PXS014'], findings: found },
      findings: found,
    };
    const text = renderReport(withIgnored, plain, now);
    expect(text).toContain('checks set aside by ada: PXS014\n');
    expect(text).toContain(`a blocker, set aside by --ignore-checks\n      fix: Move them\n        ${command}\n`);
    const markdown = reportMarkdown(withIgnored, now);
    expect(markdown).toContain('- Checks set aside by ada: PXS014\n');
    expect(markdown).toContain(
      `- **warning** PXS014 (ignored): entries of others are flushed Fix: Move them\n\n  \`\`\`sh\n  ${command}\n  \`\`\``,
    );
  });

  it('steers no terminal, and no comment looks like the word of another person', () => {
    const comment = 'fine”)\n2026-03-04T10:00:11.000Z lin: approve (“\u001b[2J\u202efine <img src=x>';
    const said = { message: 'approve' as const, by: 'grace', at: '2026-03-04T10:00:10.000Z', comment };
    const report = { ...rolledBack, messages: [said], remarks: ['\u001b]0;title\u0007 done'] };
    for (const text of [renderReport(report, plain, now), reportMarkdown(report, now)]) {
      for (const steering of ['\u001b', '\u0007', '\u202e']) expect(text).not.toContain(steering);
      expect(text.split('\n').filter((line) => /^[- ]*2026-03-04T10:00:1[01]/.test(line))).toHaveLength(1);
    }
    expect(reportMarkdown(report, now)).toContain('\\<img');
    const canary = { node: 'node-\u009b2J', why: 'first' };
    const shown = renderPlan({ ...plan, kubeProxy: { ...plan.kubeProxy, canary } }, planHash, plain);
    expect(shown).toContain('node-\ufffd2J');
  });

  it('can be read while the run is open', () => {
    const { outcome: _outcome, endedAt: _endedAt, ...open } = rolledBack;
    expect(renderReport(open, plain, now)).toMatch(/^open {2}prod-1: the run has not ended/);
    expect(reportMarkdown(open, now)).toContain('# proxyshift: prod-1: open');
  });

  it('adds the times of each phase up, and says where the evidence came from', () => {
    expect(phaseTimes(rolledBack)).toEqual([
      { phase: 'kube-proxy', ms: 40_000 },
      { phase: 'rollback', ms: 60_000 },
    ]);
    const text = renderSummary(rolledBack, 'rolled-back', plain);
    expect(text).toContain('kube-proxy 40 s, rollback 1 min');
    expect(text).toContain('/proxyMode on 1, log line on 2, first sync proven on 1 of 2 nodes');
  });
});

describe('times', () => {
  it.each([
    [0, '0 s'],
    [340, '0.3 s'],
    [9_940, '9.9 s'],
    [12_400, '12 s'],
    [60_000, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [7_440_000, '2 h 4 min'],
    [86_400_000, '1 day'],
    [180_000_000, '2 days 2 h'],
    [-5, '0 s'],
  ])('%d ms is %s', (ms, text) => expect(readable(ms)).toBe(text));
});

describe('times without an answer', () => {
  it.each([
    [0, '0 ms'],
    [100, '100 ms'],
    [99.2, '100 ms'],
    [1_000, '1 s'],
    [1_200, '1.2 s'],
    [1_201, '1.3 s'],
    [12_450, '12.5 s'],
    [59_950, '1 min'],
    [61_001, '1 min 2 s'],
  ])('%d ms are never told as less: %s', (ms, text) => expect(readableGap(ms)).toBe(text));
});

describe('a table', () => {
  it('is as wide as its cells, whatever their colours', () => {
    expect(table(['A', 'B'], [[coloured.red('long'), 'x'], ['s']])).toEqual([
      'A     B',
      `${coloured.red('long')}  x`,
      's',
    ]);
    expect(table(['A'], [])).toEqual([]);
  });
});
