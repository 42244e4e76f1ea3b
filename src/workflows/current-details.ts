import type { FailureRecord } from '../model/failure.ts';
import { type Outcome, outcomeMeaning } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import type { PlanRevision } from '../model/plan-drift.ts';
import { planMarkdown } from '../model/plan-markdown.ts';
import type { Phase } from '../model/progress.ts';

/** What there is to know about a run now. */
export interface Details {
  cluster: string;
  phase: Phase;
  outcome: Outcome | undefined;
  waitingFor: string;
  plan: Plan | undefined;
  planHash: string | undefined;
  revision: PlanRevision | undefined;
  nodesDone: number;
  nodesTotal: number;
  wave: { current: number; total: number } | undefined;
  failure: FailureRecord | undefined;
}

/** What the Temporal UI shows under "Current details", as Markdown: while an approval is awaited, the whole plan. */
export function currentDetails(details: Details): string {
  const { cluster, phase, outcome, waitingFor, plan, planHash, revision, nodesDone, nodesTotal, wave, failure } =
    details;
  const facts = [
    `**${cluster}**: ${outcome ?? phase}`,
    outcome ? outcomeMeaning[outcome] : `Waiting for: ${waitingFor}`,
    ...(plan ? [`Nodes: ${nodesDone}/${nodesTotal}`] : []),
    ...(wave && !outcome ? [`Wave: ${wave.current}/${wave.total}`] : []),
    ...(failure ? [`Failure: ${failure.message}`] : []),
  ].join('\n\n');
  if (phase !== 'approval' || !plan || !planHash) return facts;
  return `${facts}\n\n${planMarkdown(plan, planHash, revision)}`;
}
