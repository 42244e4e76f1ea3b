import { between } from '../model/between.ts';
import { capital } from '../model/markdown.ts';
import { type Outcome, outcomeMeaning } from '../model/outcome.ts';
import { countNodes } from '../model/plan-nodes.ts';
import { readable } from '../model/readable.ts';
import type { Report } from '../model/report.ts';
import { modesFact, wantedMode } from '../model/report-facts.ts';
import { type Html, html } from './html.ts';
import { count, factList, instant } from './parts.ts';

/** How an outcome looks: its colour, and a sign for those who do not see the colour. */
const looks: Record<Outcome | 'open', { tone: 'good' | 'bad' | 'mixed' | 'open'; sign: string }> = {
  migrated: { tone: 'good', sign: '✓' },
  'nothing-to-do': { tone: 'good', sign: '✓' },
  'rolled-back': { tone: 'mixed', sign: '↩' },
  rejected: { tone: 'mixed', sign: '–' },
  expired: { tone: 'mixed', sign: '–' },
  aborted: { tone: 'mixed', sign: '■' },
  blocked: { tone: 'bad', sign: '✕' },
  'rollback-stuck': { tone: 'bad', sign: '✕' },
  open: { tone: 'open', sign: '…' },
};

/** The top of the document: how it ended, in words that stand alone. */
export function verdict(report: Report, now: number): Html {
  const { cluster, outcome, requester, startedAt, endedAt, plan, failure, messages } = report;
  const { tone, sign } = looks[outcome ?? 'open'];
  const approvers = messages.filter(({ message }) => message === 'approve').map(({ by }) => by);
  return html`<header class="verdict ${tone}">
<p class="about">proxyshift, report of a run on cluster</p>
<h1>${cluster}: <span class="outcome"><span aria-hidden="true">${sign}</span> ${outcome ?? 'open'}</span></h1>
<p class="meaning">${outcome ? `${capital(outcomeMeaning[outcome])}.` : 'The run has not ended.'}</p>
${failure && html`<p class="cause">${failure.message}</p>`}
${factList([
  ['From – to', plan && `${plan.kubeProxy.from} → ${plan.target === 'ebpf' ? 'eBPF' : plan.kubeProxy.to}`],
  ['Nodes', nodesLine(report)],
  ['Began', instant(startedAt)],
  [endedAt ? 'Took' : 'Has taken', readable(between(startedAt, endedAt, now))],
  ['Asked for by', requester],
  ['Approved by', [...new Set(approvers)].join(', ')],
])}
</header>
`;
}

function nodesLine(report: Report): string {
  const { plan, nodes, leftBehind } = report;
  if (nodes.length === 0) return plan ? count(countNodes(plan), 'node') : '';
  const wanted = wantedMode(report);
  const there = nodes.filter(({ mode }) => mode === wanted).length;
  const all = Math.max(nodes.length, plan ? countNodes(plan) : 0);
  const left = leftBehind.length > 0 ? `, ${leftBehind.length} left behind` : '';
  if (plan?.target === 'ebpf' && report.outcome === 'migrated') return modesFact(report) + left;
  return `${there.toLocaleString('en')} of ${count(all, 'node')} seen in ${wanted ?? 'a known mode'}${left}`;
}
