import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderReport, renderSummary } from '../../src/cli/render/report.ts';
import type { Report } from '../../src/model/report.ts';
import { reportHtml } from '../../src/report/document.ts';
import { reportMarkdown } from '../../src/report/markdown.ts';
import { fewLossesReport, lossyReport, manyLossesReport } from '../fixtures/measured-reports.ts';
import { migratedReport } from '../fixtures/reports.ts';
import { trafficOf, withTraffic } from '../fixtures/traffic.ts';
import { attribute, elementsIn, ParsedDocument, textOf } from '../support/outline.ts';

const now = Date.parse('2026-03-05T08:00:00.000Z');
const plain = pc.createColors(false);
const sectionOf = (report: Report) => new ParsedDocument(reportHtml(report, { now, version: '1' })).byId('traffic');
const rowsOf = (report: Report, table: string) =>
  elementsIn(sectionOf(report))
    .filter((element) => element.tagName === 'table' && attribute(element, 'class') === table)
    .map((element) =>
      elementsIn(element)
        .filter(({ tagName }) => tagName === 'tr')
        .slice(1)
        .map(textOf),
    );

describe('traffic in a report', () => {
  const lossy = lossyReport();

  it('begins with what was lost at worst, and names what is not known and who was not measured', () => {
    const text = textOf(sectionOf(lossy));
    expect(text).toMatch(
      /^Traffic\s*Attempts failed on 3 of 11 nodes: the longest .* was 4.1 s \(at most 5.2 s\), on node-03 by held/,
    );
    expect(text).toContain('240 of 858,000 attempts are not known, on node-07');
    expect(text).toContain('node-12 (the pod is Pending)');
    expect(text).toContain('0/12 nodes are available: 1 Insufficient memory');
  });

  it('has each path on all nodes, then what was odd on each node, the worst first, then all', () => {
    const [paths] = rowsOf(lossy, 'traffic paths');
    expect(paths?.[0]).toBe('cluster-ip11 nodes3.8 s12.1 s200 ms–171,433 / 47 / 120');
    const [odd, all] = rowsOf(lossy, 'traffic by-node');
    expect(odd).toHaveLength(7);
    expect(odd?.[0]).toMatch(
      /^node-03held4\.1 s5\.2 snone seen4\.1 s115,559 \/ 41 \/ 023:55:03 connection reset by peer$/,
    );
    expect(all).toHaveLength(55);
  });

  it('says which limits the plan had, and what was beyond them', () => {
    const text = textOf(sectionOf(lossy));
    expect(text).toContain('Limitsup to 2 s without an answer beyond the longest time before the run, and 0 lost');
    expect(text).toContain('node-03, held: 4.1 s without an answer, accepted 2 s');
    expect(text).toContain('node-07, dns: perhaps 12 s without an answer');
  });

  it('draws how many nodes had which longest gap, in words too', () => {
    const drawings = elementsIn(sectionOf(lossy)).filter((element) => attribute(element, 'role') === 'img');
    expect(drawings).toHaveLength(2);
    for (const drawing of drawings)
      expect(attribute(drawing, 'aria-label')).toMatch(
        /^Nodes by the longest .*none seen: 8, before the run 9; up to 100 ms: 1/,
      );
  });

  it('is a sentence and a short table where nothing was lost', () => {
    const report = migratedReport({ nodes: 6 });
    const quiet = withTraffic(report, trafficOf({ nodes: report.nodes.map(({ node }) => node) }));
    const text = textOf(sectionOf(quiet));
    expect(text).toContain('No attempt failed on any of 6 nodes: nothing longer than 100 ms was lost (held: 1.1 s).');
    expect(elementsIn(sectionOf(quiet)).filter((element) => attribute(element, 'role') === 'img')).toEqual([]);
    expect(rowsOf(quiet, 'traffic by-node').map((rows) => rows.length)).toEqual([18]);
  });

  it('was not measured without a probe, and where the run ended before; and that is said', () => {
    const report = migratedReport({ nodes: 3 });
    expect(textOf(sectionOf(report))).toContain('Not measured: the plan has no probe.');
    expect(renderReport(report, plain, now)).toContain('Traffic\n  Not measured.');
    expect(reportMarkdown(report, now)).toContain('## Traffic\n\nNot measured.\n');
    const { traffic: _traffic, ...ended } = lossy;
    expect(textOf(sectionOf(ended))).toContain('Not measured: the run ended before its probe was installed.');
  });

  it('is in the terminal and in a ticket as well', () => {
    const text = renderReport(lossy, plain, now);
    expect(text).toMatch(/^ {2}Attempts failed on 3 of 11 nodes:/m);
    expect(text).toMatch(/^ {2}node-03 +held +4\.1 s +5\.2 s +4\.1 s +1 /m);
    expect(text).toMatch(/^ {2}Beyond the limits: node-03, held: 4\.1 s/m);
    const markdown = reportMarkdown(lossy, now);
    expect(markdown).toContain('| node-03 | held | 4.1 s | 5.2 s | 4.1 s | 1 | 15,559 / 41 / 0 | none seen |');
    expect(markdown).toContain('15 more paths: no attempt failed; all are in the JSON.');
    expect(renderSummary(lossy, 'migrated', plain)).toMatch(/^ {2}traffic +Attempts failed on 3 of 11 nodes/m);
  });
});

describe('very many nodes', () => {
  it('are less than 2 MB, whatever each of them has lost, with the worst ones open', () => {
    const report = manyLossesReport();
    expect(Buffer.byteLength(reportHtml(report, { now, version: '1' }))).toBeLessThan(2_000_000);
    expect(rowsOf(report, 'traffic by-node').map((rows) => rows.length)).toEqual([20, 2_000]);
    expect(textOf(sectionOf(report))).toContain('4,000 more paths, none with a longer gap; all are in the JSON.');
    expect(reportMarkdown(report, now)).toContain('more paths: none longer than');
  });

  it('with few losses have these open', () => {
    expect(rowsOf(fewLossesReport(), 'traffic by-node').map((rows) => rows.length)).toEqual([20, 2_000]);
  });
});
