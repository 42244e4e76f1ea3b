import { runChecks } from '../checks/all.ts';
import { readFacts } from '../checks/facts.ts';
import { missingPermissions } from '../checks/permissions.ts';
import { hashPlan, makePlan } from '../checks/plan.ts';
import { blockers } from '../model/finding.ts';
import type { PreflightResult } from '../model/plan.ts';
import type { StepContext } from './step-context.ts';

/** Reads the cluster, runs every check, and makes the plan where nothing is in the way. Writes nothing. */
export async function preflight({ cluster, entry }: StepContext): Promise<PreflightResult> {
  const missing = await missingPermissions(cluster);
  if (missing.length > 0) return { verdict: 'blocked', findings: missing };

  const facts = await readFacts(cluster);
  const findings = runChecks(facts);
  if (blockers(findings).length > 0) return { verdict: 'blocked', findings };

  const plan = makePlan({ entry, facts, findings });
  const needed = plan.kubeProxy.needed || plan.calico?.needed;
  return needed
    ? { verdict: 'ready', findings, plan, hash: hashPlan(plan) }
    : { verdict: 'nothing-to-do', findings, plan };
}
