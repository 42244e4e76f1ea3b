import { adviceOf } from '../../model/advice.ts';
import { felixFact } from '../../model/felix-fact.ts';
import type { Finding } from '../../model/finding.ts';
import { capital, document, fenced, markdownTable, prose, section } from '../../model/markdown.ts';
import { type Outcome, outcomeMeaning } from '../../model/outcome.ts';
import { ignoredFact } from '../../model/plan-facts.ts';
import type { Phase } from '../../model/progress.ts';
import { readable } from '../../model/readable.ts';
import type { Report } from '../../model/report.ts';
import type { Colors } from '../colors.ts';
import { renderFindings } from './findings.ts';
import { outcomeLine, stepLine } from './progress.ts';
import { table } from './table.ts';
import { between } from './time.ts';
import { withoutControls } from './without-controls.ts';

/** A report for a terminal: outcome, what people said, the steps, the evidence of every node. */
export function renderReport(raw: Report, colors: Colors, now: number): string {
  const report = withoutControls(raw);
  const { cluster, outcome, requester, startedAt, endedAt, failure } = report;
  const title = (text: string) => ['', colors.bold(text)];
  const ignored = report.plan ? ignoredFact(report.plan) : '';
  return [
    outcome ? outcomeLine(cluster, outcome, colors) : `${colors.cyan('open')}  ${cluster}: the run has not ended`,
    colors.dim(`asked for by ${requester} at ${startedAt}, ${readable(between(startedAt, endedAt, now))}`),
    colors.dim(`${report.workflowId} · run ${report.runId}`),
    ...(ignored ? [colors.yellow(`checks set aside by ${requester}: ${ignored}`)] : []),
    ...(failure ? [...title('What failed'), ...failureLines(failure).map((line) => `  ${line}`)] : []),
    ...renderFindings(report.findings, colors),
    ...(saidLines(report).length > 0
      ? [...title('What people said'), ...saidLines(report).map((line) => `  ${line}`)]
      : []),
    ...(report.steps.length > 0 ? title('Steps') : []),
    ...report.steps.map((step) => `  ${stepLine(step, colors, now)}`),
    ...(report.nodes.length > 0 ? title('Nodes') : []),
    ...table(nodeHead(report), nodeRows(report)).map((line) => `  ${line}`),
    ...(report.leftBehind.length > 0 ? title('Left behind') : []),
    ...leftLines(report).map((line) => `  ${colors.yellow(line)}`),
    ...(report.snapshot ? title('Snapshot') : []),
    ...(report.snapshot ? [`  ${snapshotCommand(report.snapshot)}`] : []),
    ...(report.remarks.length > 0 ? title('Remarks') : []),
    ...report.remarks.map((remark) => `  ${remark}`),
  ].join('\n');
}

/** What a rehearsal ends with: the outcome, what failed, the times and where the evidence came from. */
export function renderSummary(raw: Report, outcome: Outcome, colors: Colors): string {
  const report = withoutControls(raw);
  const { cluster, failure, nodes, felix, findings, plan } = report;
  const fact = (name: string, value: string) => `  ${colors.dim(name.padEnd(11))} ${value}`;
  const times = phaseTimes(report).map(({ phase, ms }) => `${phase} ${readable(ms)}`);
  const seen = countOf(nodes.map((proof) => proof.mode));
  const isOff = plan?.target === 'ebpf' && outcome === 'migrated';
  const modes = isOff ? `kube-proxy is off; it was last seen in ${seen}` : seen;
  return [
    outcomeLine(cluster, outcome, colors),
    ...(failure ? failureLines(failure).map((line) => `  ${colors.red(line)}`) : []),
    ...(plan ? [] : renderFindings(findings, colors)),
    ...(times.length > 0 ? [fact('times', times.join(', '))] : []),
    ...(nodes.length > 0 ? [fact('nodes', modes), fact('evidence', witnessLine(report))] : []),
    ...leftLines(report).map((line) => fact('left', colors.yellow(line))),
    ...(felix.length > 0 ? [fact('Felix', countOf(felix.map(felixFact)))] : []),
    ...(report.snapshot ? [fact('snapshot', snapshotCommand(report.snapshot))] : []),
    ...report.remarks.map((remark) => fact('remark', remark)),
  ].join('\n');
}

/** A report for a ticket. */
export function reportMarkdown(raw: Report, now: number): string {
  const report = withoutControls(raw);
  const { cluster, outcome, requester, startedAt, endedAt, failure, plan, planHash } = report;
  const ignored = plan ? ignoredFact(plan) : '';
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
    ...section(
      'What people said',
      saidLines(report).map((line) => `- ${prose(line)}`),
    ),
    ...section(
      'Changes',
      (plan?.changes ?? []).flatMap(({ object, diff }) => [object, '', ...fenced('diff', diff), '']),
    ),
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
    ...section('Nodes', markdownTable(nodeHead(report), nodeRows(report))),
    ...section(
      'Nodes left behind',
      leftLines(report).map((line) => `- ${prose(line)}`),
    ),
    ...section(
      'Remarks',
      report.remarks.map((remark) => `- ${remark}`),
    ),
  ]);
}

/** A finding in a list, its command in a block of its own. */
function findingItem(finding: Finding): string[] {
  const { severity, code, message, ignored } = finding;
  const { fix, command } = adviceOf(finding);
  return [
    `- **${severity}** ${code}${ignored ? ' (ignored)' : ''}: ${prose(message)}${fix ? ` Fix: ${prose(fix)}` : ''}`,
    ...(command ? ['', ...fenced('sh', command).map((line) => `  ${line}`), ''] : []),
  ];
}

/** How long each phase took (ms), in the order of the run: the sum of its steps. */
export function phaseTimes({ steps }: Report): { phase: Phase; ms: number }[] {
  const times = new Map<Phase, number>();
  for (const { phase, startedAt, endedAt } of steps) {
    if (endedAt) times.set(phase, (times.get(phase) ?? 0) + between(startedAt, endedAt, 0));
  }
  return [...times].map(([phase, ms]) => ({ phase, ms }));
}

/** Where the evidence of kube-proxy's mode came from, counted. */
export function witnessLine({ nodes }: Report): string {
  const count = (of: (typeof nodes)[number]['witnesses'][number]) =>
    nodes.filter((n) => n.witnesses.includes(of)).length;
  const synced = nodes.filter((node) => node.synced === true).length;
  return `/proxyMode on ${count('proxyMode')}, log line on ${count('log')}, first sync proven on ${synced} of ${nodes.length} nodes`;
}

function failureLines(failure: NonNullable<Report['failure']>): string[] {
  return [
    `${failure.kind}: ${failure.message}`,
    ...(failure.object ? [`object: ${failure.object}`] : []),
    ...(failure.nodes ?? []).flatMap(({ node, why, lastLines }) => [
      `${node}: ${why}`,
      ...lastLines.map((line) => `    ${line}`),
    ]),
    ...(failure.hint ? [failure.hint] : []),
  ];
}

/** Nodes that the run went on without, each with the reason and the last lines of its kube-proxy. */
function leftLines({ leftBehind }: Report): string[] {
  return leftBehind.flatMap(({ node, why, lastLines }) => [
    `${node}: ${why}`,
    ...lastLines.map((line) => `    ${line}`),
  ]);
}

/** One line each, whatever a comment holds: it could look like what somebody else has said. */
function saidLines({ messages, refused }: Report): string[] {
  const lines = [
    ...messages.map(
      ({ at, by, message, gate, step, skipped, comment, signedWith }) =>
        `${at} ${by}: ${message}${gate ? ` (gate ${gate})` : ''}${step ? ` ${step}` : ''}${skipped ? ', left out' : ''}${comment ? ` (“${comment}”)` : ''}${signedWith ? `, signed with ${signedWith}` : ''}`,
    ),
    ...refused.map(({ at, message, reason }) => `${at} refused ${message}: ${reason}`),
  ];
  return lines.map((line) => line.replace(/\s+/g, ' '));
}

function nodeHead({ felix }: Report): string[] {
  return ['NODE', 'KUBE-PROXY', 'SYNCED', 'WITNESSES', ...(felix.length > 0 ? ['FELIX NFTABLESMODE'] : []), 'REMARK'];
}

function nodeRows({ nodes, felix }: Report): string[][] {
  const felixOf = new Map(felix.map((proof) => [proof.node, proof.nftablesMode]));
  return [...nodes]
    .sort((a, b) => a.node.localeCompare(b.node, 'en', { numeric: true }))
    .map((proof) => [
      proof.node,
      proof.mode,
      proof.synced === undefined ? 'not seen' : proof.synced ? 'yes' : 'no',
      proof.witnesses.join(' + ') || 'none',
      ...(felix.length > 0 ? [felixOf.get(proof.node) ?? '–'] : []),
      [
        proof.cut ? `${proof.cut} connections cut with IPVS` : undefined,
        proof.handover && `handed over ${proof.handover}`,
        proof.remark,
      ]
        .filter(Boolean)
        .join('; '),
    ]);
}

/** `nftables on 11, ipvs on 1`. */
function countOf(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${value} on ${count}`).join(', ');
}

function snapshotCommand({ namespace, name }: NonNullable<Report['snapshot']>): string {
  return `kubectl -n ${namespace} get configmap ${name} -o yaml`;
}
