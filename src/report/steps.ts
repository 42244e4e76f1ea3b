import { between } from '../model/between.ts';
import type { Step } from '../model/progress.ts';
import { readable } from '../model/readable.ts';
import type { Report } from '../model/report.ts';
import { type Html, html } from './html.ts';
import { clockFor, count, details } from './parts.ts';

/** With more steps than this, those in the middle that went well are counted. */
const MOST = 300;
/** Of very many steps, so many at the start and at the end are shown. */
const AT_THE_ENDS = 100;

/** Every step with its time and result. */
export function stepsTable(report: Report, now: number): Html {
  const { steps } = report;
  const clock = clockFor(report);
  const rows: Html[] = [];
  let hidden = 0;
  const tellHidden = () => {
    if (hidden > 0)
      rows.push(html`<tr><td colspan="4">${count(hidden, 'more step')}, done; all are in the JSON</td></tr>\n`);
    hidden = 0;
  };
  for (const [index, step] of steps.entries()) {
    const isAtAnEnd = index < AT_THE_ENDS || index >= steps.length - AT_THE_ENDS;
    if (steps.length <= MOST || isAtAnEnd || step.result !== 'done') {
      tellHidden();
      rows.push(row(step, clock(step.startedAt), now));
    } else hidden += 1;
  }
  return details(
    count(steps.length, 'step'),
    html`<table class="steps"><thead><tr><th scope="col">Began</th><th scope="col">Phase</th><th scope="col">Step</th><th scope="col">Took</th></tr></thead>
<tbody>${rows}</tbody></table>`,
  );
}

function row({ phase, what, startedAt, endedAt, result, error }: Step, began: string, now: number): Html {
  const isBad = result === 'failed' || result === 'cancelled';
  return html`<tr${isBad && html` class="bad"`}><td>${began}</td><td>${phase}</td><td>${what}${
    result !== 'done' && html` <strong>${result}</strong>`
  }${error && html`: ${error}`}</td><td>${readable(between(startedAt, endedAt, now))}</td></tr>
`;
}
