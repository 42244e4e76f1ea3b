import { adviceOf } from '../model/advice.ts';
import { between } from '../model/between.ts';
import type { Finding } from '../model/finding.ts';
import { capital, document, fenced, markdownTable, prose, section } from '../model/markdown.ts';
import { outcomeMeaning } from '../model/outcome.ts';
import { ignoredFact } from '../model/plan-facts.ts';
import { readable } from '../model/readable.ts';
import type { Report } from '../model/report.ts';
import { failureLines, keeperFact, leftLines, snapshotCommand, sourcesToChange } from '../model/report-facts.ts';
import { nodeTable } from '../model/report-nodes.ts';
import { saidLines } from '../model/report-people.ts';
import type { SourceSetting } from '../model/source-setting.ts';
import { limitLines } from '../model/traffic-limits.ts';
import { trafficTable } from '../model/traffic-table.ts';
import { trafficVerdict } from '../model/traffic-verdict.ts';
import { withoutControls } from '../model/without-controls.ts';

/**
 * A report for a ticket.
 * @param now ms since the epoch; what has not ended lasts until then
 */
export function reportMarkdown(raw: Report, now: number): string {
  const report = withoutControls(raw);
  const { cluster, outcome, requester, startedAt, endedAt, failure, plan, planHash } = report;
  const ignored = plan ? ignoredFact(plan) : '';
  const { head, rows } = nodeTable(report);
  return document([
    `# proxyshift: ${cluster}: ${outcome ?? 'open'}`,
    '',
    outcome ? `${capital(outcomeMeaning[outcome])}.` : 'The run has not ended.',
    '',
    `- Asked for by ${requester}, ${startedAt}${endedAt ? ` to ${endedAt}` : ''} (${readable(between(startedAt, endedAt, now))})`,
    `- Workflow \`${report.workflowId}\`, run \`${report.runId}\``,
    ...(planHash ? [`- Plan \`${planHash}\``] : []),
    ...(ignored ? [`- Checks set aside by ${requester}: ${ignored}`] : []),
    ...(report.snapshot ? [`- Snapshot: \`${snapshotCommand(report.snapshot)}\``] : []),
    ...section('What failed', failure ? fenced('', failureLines(failure).join('\n')) : []),
    ...section('Findings', report.findings.flatMap(findingItem)),
    ...section('What people said', items(saidLines(report))),
    ...section(
      'Changes',
      (plan?.changes ?? []).flatMap(({ object, diff }) => [object, '', ...fenced('diff', diff), '']),
    ),
    ...section('To change outside of the cluster, so that it stays', sourcesToChange(report).flatMap(sourceItem)),
    ...section(
      'Steps',
      markdownTable(
        ['Phase', 'Step', 'Result', 'Time'],
        report.steps.map((s) => [
          s.phase,
          s.what,
          s.error ? `${s.result}: ${s.error}` : s.result,
          readable(between(s.startedAt, s.endedAt, now)),
        ]),
      ),
    ),
    ...section('Traffic', trafficLines(report)),
    ...section('Nodes', markdownTable(head, rows)),
    ...section('Nodes left behind', items(leftLines(report))),
    ...section(
      'Remarks',
      report.remarks.map((remark) => `- ${remark}`),
    ),
  ]);
}

function items(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${prose(line)}`);
}

function trafficLines({ plan, traffic }: Report): string[] {
  if (plan === undefined) return [];
  if (traffic === undefined) return ['Not measured.'];
  const { head, rows, more } = trafficTable(traffic);
  return [
    prose(trafficVerdict(traffic).join(' ')),
    '',
    ...markdownTable(
      head,
      rows.map((row) => row.map(prose)),
    ),
    ...(more ? ['', `${capital(more)}.`] : []),
    '',
    ...items(limitLines(traffic, plan)),
  ];
}

/** A finding in a list, its command in a block of its own. */
function findingItem(finding: Finding): string[] {
  const { severity, code, message, ignored } = finding;
  const { fix, command } = adviceOf(finding);
  return [
    `- **${severity}** ${code}${ignored ? ' (ignored)' : ''}: ${prose(message)}${fix ? ` Fix: ${prose(fix)}` : ''}`,
    ...(command ? block('sh', command) : []),
  ];
}

function sourceItem(source: SourceSetting): string[] {
  return [
    `- **${prose(keeperFact(source))}**, in ${prose(source.file)}:`,
    ...block('', source.lines.join('\n')),
    `  Otherwise: ${prose(source.otherwise)}.`,
  ];
}

/** A block below an item of a list. */
function block(language: string, text: string): string[] {
  return ['', ...fenced(language, text).map((line) => `  ${line}`), ''];
}
