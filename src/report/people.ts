import { approvalRule } from '../model/plan-facts.ts';
import type { Report } from '../model/report.ts';
import { type Said, saidTo } from '../model/report-people.ts';
import { html } from './html.ts';
import { factList, instant, type Section } from './parts.ts';

/** Who asked, and who said what, when. */
export function peopleSection(report: Report): Section {
  const said = saidTo(report);
  return {
    id: 'people',
    title: 'Who asked, who approved',
    body: [
      factList([
        ['Asked for by', html`${report.requester}, ${instant(report.startedAt)}`],
        ['Rule', report.plan && approvalRule(report.plan.approval)],
      ]),
      said.length === 0 ? html`<p>Nobody has said anything to this run.</p>` : table(said),
    ],
  };
}

function table(said: readonly Said[]) {
  return html`<table class="said">
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">Said</th></tr></thead>
<tbody>${said.map(
    ({
      at,
      by,
      what,
      comment,
      signedWith,
      refused,
    }) => html`<tr${refused === undefined ? undefined : html` class="bad"`}>
<td>${instant(at)}</td><td>${by ?? '–'}</td>
<td>${refused === undefined ? html`<strong>${what}</strong>` : html`<strong>refused</strong> ${what}: ${refused}`}${
      comment && html`<q>${comment}</q>`
    }${signedWith && html`<small>signed with ${signedWith}</small>`}</td></tr>
`,
  )}</tbody></table>`;
}
