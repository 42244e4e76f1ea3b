import type { Plan } from '../model/plan.ts';
import { describeDrift } from '../model/plan-drift.ts';
import {
  alertsFact,
  calicoFact,
  canaryFact,
  estimateFact,
  failuresFact,
  freezeFact,
  handoverFact,
  ignoredFact,
  limitsFact,
  nodesFact,
  proxyFact,
  restartsFact,
  rollbackFact,
  wavesFact,
  windowsFact,
} from '../model/plan-facts.ts';
import type { Report } from '../model/report.ts';
import { html } from './html.ts';
import { details, factList, list, type Section } from './parts.ts';

/** What was approved, and its hash. */
export function planSection({ plan, planHash, revisions, requester }: Report): Section | undefined {
  if (plan === undefined) return undefined;
  return {
    id: 'plan',
    title: 'Plan',
    body: [
      factList([
        ['Hash', planHash && html`<code>${planHash}</code>`],
        ['Goes back to', rollbackFact(plan)],
        ['kube-proxy', proxyFact(plan)],
        ['Calico', calicoFact(plan)],
        ['Nodes', nodesFact(plan)],
        ['Canary', canaryFact(plan)],
        ['Waves', wavesFact(plan)],
        ['Hand-over', handoverFact(plan)],
        ['Failures', failuresFact(plan)],
        ['Restart of nodes', restartsFact(plan)],
        ['Estimate', plan.estimate && estimateFact(plan.estimate)],
        ['Limits', limitsFact(plan)],
        ['Maintenance windows', windowsFact(plan)],
        ['Freeze', freezeFact(plan)],
        ['Alerts', alertsFact(plan)],
        ['Lock', plan.takeOverLock && `taken over from ${plan.takeOverLock}, said to be gone for good`],
        [`Set aside by ${requester}`, ignoredFact(plan)],
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
