import type { Report } from '../model/report.ts';
import { countOf, wantedMode, witnessFact } from '../model/report-facts.ts';
import { lastWaveOf, type NodeEvidence, nodeEvidence } from '../model/report-nodes.ts';
import { type Html, html, type Value } from './html.ts';
import { clockFor, clockOf, count, details, type Section } from './parts.ts';

/** Up to here all nodes are shown at once. */
const MOST_OPEN = 60;
/** Of a line of a log, so many characters; the JSON has all of it. */
const LONGEST_LINE = 240;

/** What was seen on every node, with the log line that proves it. */
export function proofSection(report: Report): Section | undefined {
  if (report.nodes.length === 0) return undefined;
  const waves = lastWaveOf(report);
  const all = nodeEvidence(report);
  const wanted = wantedMode(report);
  const odd = all.filter((evidence) => evidence.mode !== wanted || evidence.synced !== 'yes' || evidence.remark !== '');
  const clock = clockFor(report);
  const times = (node: string) => {
    const wave = waves.get(node);
    return wave && `${clock(wave.startedAt)} to ${wave.endedAt ? clockOf(wave.endedAt) : 'now'}`;
  };
  const rows = (list: readonly NodeEvidence[]) => table(list, times, wanted);
  return {
    id: 'proof',
    title: 'Proof, node by node',
    body: [
      html`<p>Seen last: ${countOf(all.map(({ mode }) => mode))}. ${witnessFact(report)}.</p>
`,
      all.length <= MOST_OPEN
        ? rows(all)
        : [
            odd.length === 0
              ? html`<p>Every node is as it has to be.</p>`
              : odd.length < all.length && [html`<h3>${count(odd.length, 'node')} with a remark</h3>`, rows(odd)],
            details(`All ${count(all.length, 'node')}`, rows(all)),
          ],
    ],
  };
}

function table(list: readonly NodeEvidence[], times: (node: string) => string | undefined, wanted?: string): Html {
  const hasFelix = list.some(({ felix }) => felix !== undefined);
  const row = (evidence: NodeEvidence): Html => {
    const { node, mode, felix } = evidence;
    return html`<tr><th scope="row">${node}</th><td class="${mode === wanted ? 'ok' : 'odd'}">${mode}</td>${
      hasFelix && html`<td>${felix ?? '–'}</td>`
    }<td>${evidenceOf(evidence, times(node))}</td></tr>
`;
  };
  return html`<table class="proof${hasFelix && ' with-felix'}"><thead><tr><th scope="col">Node</th><th scope="col">kube-proxy</th>${
    hasFelix && html`<th scope="col">Felix</th>`
  }<th scope="col">Evidence</th></tr></thead>
<tbody>${list.map(row)}</tbody></table>`;
}

function evidenceOf({ synced, witnesses, remark, line, felixLine }: NodeEvidence, times: string | undefined): Value {
  const facts = [
    `by ${witnesses}`,
    { yes: 'synced', no: 'not synced', 'not seen': 'first sync not seen' }[synced],
    ...(times === undefined ? [] : [times]),
  ];
  return [
    facts.join(', '),
    remark && html`<br><strong>${remark}</strong>`,
    [line, felixLine].map((text) => text && html`<code>${cut(text)}</code>`),
  ];
}

function cut(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}
