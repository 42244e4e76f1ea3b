import type { PlannedChange } from '../model/plan.ts';
import type { Report } from '../model/report.ts';
import { type Html, html } from './html.ts';
import type { Section } from './parts.ts';

/** What the plan changes, as diffs; whether it was done is what the verdict says. */
export function changesSection({ plan, outcome, snapshot }: Report): Section | undefined {
  if (plan === undefined || plan.changes.length === 0) return undefined;
  return {
    id: 'changes',
    title: 'What changed',
    body: [note(outcome, snapshot !== undefined), plan.changes.map(change)],
  };
}

function note(outcome: Report['outcome'], hasBegun: boolean): Html | undefined {
  if (!hasBegun) return html`<p>Nothing of this was written.</p>`;
  if (outcome === 'rolled-back') return html`<p>This was undone, as far as the run had come with it.</p>`;
  if (outcome === 'aborted') return html`<p>The run was stopped: not all of this may have been done.</p>`;
  return outcome === undefined ? html`<p>The run is still at it.</p>` : undefined;
}

function change({ object, diff, undo }: PlannedChange): Html {
  const isDiff = /^[-+@]/m.test(diff);
  return html`<article class="change"><h3>${object}</h3>
${isDiff ? html`<pre class="diff"><code>${diff.trimEnd().split('\n').filter(isShown).map(diffLine)}</code></pre>` : html`<p>${diff}</p>`}
<p class="undo">Undo: ${undo}</p></article>
`;
}

/** The names of the two files say nothing here. */
function isShown(line: string): boolean {
  return !/^(---|\+\+\+|===+|Index:|\\ No newline)/.test(line);
}

function diffLine(line: string): Html {
  if (line.startsWith('+')) return html`<ins>${line}</ins>\n`;
  if (line.startsWith('-')) return html`<del>${line}</del>\n`;
  return line.startsWith('@@') ? html`<i>${line}</i>\n` : html`${line}\n`;
}
