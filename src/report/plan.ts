import type { Plan } from '../model/plan.ts';
import { describeDrift } from '../model/plan-drift.ts';
import { planFacts } from '../model/plan-fact-list.ts';
import type { Report } from '../model/report.ts';
import { html } from './html.ts';
import { details, factList, list, type Section } from './parts.ts';

/** What was approved, and its hash. */
export function planSection({ plan, planHash, revisions }: Report): Section | undefined {
  if (plan === undefined) return undefined;
  return {
    id: 'plan',
    title: 'Plan',
    body: [
      factList([
        ['Hash', planHash && html`<code>${planHash}</code>`],
        ...planFacts(plan).map(({ name, value }) => [name, value] as const),
      ]),
      revisions.map(({ from, to, moved }) =>
        details(
          html`The cluster changed: plan <code>${from.slice(0, 12)}</code> was replaced by <code>${to.slice(0, 12)}</code>`,
          list(moved.map(describeDrift)),
        ),
      ),
      plan.objects.length > 0 && details(`The ${plan.objects.length} objects that the plan was made of`, objects(plan)),
    ],
  };
}

function objects({ objects: made }: Plan) {
  return html`<table class="hashes"><thead><tr><th scope="col">Object</th><th scope="col">SHA-256</th></tr></thead>
<tbody>${made.map(({ object, hash }) => html`<tr><td>${object}</td><td><code>${hash}</code></td></tr>`)}</tbody></table>`;
}
