import { between } from '../../model/between.ts';
import { felixFact } from '../../model/felix-fact.ts';
import type { Outcome } from '../../model/outcome.ts';
import { ignoredFact } from '../../model/plan-facts.ts';
import { readable } from '../../model/readable.ts';
import type { Report } from '../../model/report.ts';
import {
  countOf,
  failureLines,
  keeperFact,
  leftLines,
  modesFact,
  phaseTimes,
  snapshotCommand,
  sourcesToChange,
  witnessFact,
} from '../../model/report-facts.ts';
import { nodeTable } from '../../model/report-nodes.ts';
import { saidLines } from '../../model/report-people.ts';
import { limitLines } from '../../model/traffic-limits.ts';
import { trafficTable } from '../../model/traffic-table.ts';
import { trafficVerdict } from '../../model/traffic-verdict.ts';
import { withoutControls } from '../../model/without-controls.ts';
import type { Colors } from '../colors.ts';
import { renderFindings } from './findings.ts';
import { outcomeLine, stepLine } from './progress.ts';
import { table } from './table.ts';
import { STANDARD_COLUMNS, wrap } from './wrap.ts';

/** Sentences are held to this (columns): two less than a line, since parts are indented. */
const SENTENCE_COLUMNS = STANDARD_COLUMNS - 2;

/** A report for a terminal: outcome, what people said, the steps, the evidence of every node. */
export function renderReport(raw: Report, colors: Colors, now: number): string {
  const report = withoutControls(raw);
  const { cluster, outcome, requester, startedAt, endedAt, failure } = report;
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', colors.bold(title), ...lines.map((line) => `  ${line}`)];
  const ignored = report.plan ? ignoredFact(report.plan) : '';
  const { head, rows } = nodeTable(report);
  return [
    outcome ? outcomeLine(cluster, outcome, colors) : `${colors.cyan('open')}  ${cluster}: the run has not ended`,
    colors.dim(`asked for by ${requester} at ${startedAt}, ${readable(between(startedAt, endedAt, now))}`),
    colors.dim(`${report.workflowId} · run ${report.runId}`),
    ...(ignored ? [colors.yellow(`checks set aside by ${requester}: ${ignored}`)] : []),
    ...part('What failed', failure ? failureLines(failure) : []),
    ...renderFindings(report.findings, colors),
    ...part('What people said', saidLines(report)),
    ...part(
      'Steps',
      report.steps.map((step) => stepLine(step, colors, now)),
    ),
    ...part('Traffic', trafficLines(report)),
    ...part('Nodes', table(head, rows)),
    ...part(
      'Left behind',
      leftLines(report).map((line) => colors.yellow(line)),
    ),
    ...part('Snapshot', report.snapshot ? [snapshotCommand(report.snapshot)] : []),
    ...part('To change outside of the cluster, so that it stays', sourceLines(report, colors)),
    ...part('Remarks', report.remarks),
  ].join('\n');
}

function trafficLines({ plan, traffic }: Report): string[] {
  if (plan === undefined) return [];
  if (traffic === undefined) return ['Not measured.'];
  const { head, rows, more } = trafficTable(traffic);
  return [
    ...trafficVerdict(traffic).flatMap((sentence) => wrap(sentence, 0, SENTENCE_COLUMNS)),
    ...table(head, rows),
    ...(more ? [more] : []),
    ...limitLines(traffic, plan).flatMap((line) => wrap(line, 0, SENTENCE_COLUMNS)),
  ];
}

function sourceLines(report: Report, colors: Colors): string[] {
  return sourcesToChange(report).flatMap((source) => [
    keeperFact(source),
    `  in ${source.file}`,
    ...source.lines.map((line) => `    ${colors.cyan(line)}`),
    `  otherwise: ${source.otherwise}`,
  ]);
}

/** What a rehearsal ends with: the outcome, what failed, the times and where the evidence came from. */
export function renderSummary(raw: Report, outcome: Outcome, colors: Colors): string {
  const report = withoutControls(raw);
  const { cluster, failure, nodes, felix, findings, plan } = report;
  const fact = (name: string, value: string) => `  ${colors.dim(name.padEnd(11))} ${value}`;
  const times = phaseTimes(report).map(({ phase, ms }) => `${phase} ${readable(ms)}`);
  return [
    outcomeLine(cluster, outcome, colors),
    ...(failure ? failureLines(failure).map((line) => `  ${colors.red(line)}`) : []),
    ...(plan ? [] : renderFindings(findings, colors)),
    ...(times.length > 0 ? [fact('times', times.join(', '))] : []),
    ...(nodes.length > 0
      ? [fact('nodes', modesFact({ ...report, outcome })), fact('evidence', witnessFact(report))]
      : []),
    ...leftLines(report).map((line) => fact('left', colors.yellow(line))),
    ...(felix.length > 0 ? [fact('Felix', countOf(felix.map(felixFact)))] : []),
    ...(report.traffic ? trafficVerdict(report.traffic).map((sentence) => fact('traffic', sentence)) : []),
    ...(report.snapshot ? [fact('snapshot', snapshotCommand(report.snapshot))] : []),
    ...report.remarks.map((remark) => fact('remark', remark)),
  ].join('\n');
}
