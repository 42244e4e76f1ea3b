import type { ClusterEntry } from '../cluster/clusters-file.ts';
import type { Cluster } from '../cluster/connect.ts';
import type { CheckResult } from '../model/check-result.ts';
import type { FailureKind } from '../model/failure.ts';
import { blockers, type Finding } from '../model/finding.ts';
import type { PreflightResult } from '../model/plan.ts';
import type { MigrationRequest } from '../model/request.ts';
import { createFacts } from './create-facts.ts';
import { hashPlan } from './plan/hash-plan.ts';
import { makePlan } from './plan/make-plan.ts';
import { sourceSettings } from './platform/source-settings.ts';
import { checkedCodes, findingsOf, runChecks } from './run-checks.ts';

/**
 * Objects that a finding of a plan names. Temporal takes 2 MB for a result: ten thousand Services in several findings would
 * not fit. `proxyshift check -o json` names all.
 */
const MOST_OBJECTS = 100;

/** What the requester asked for, and what the caller wants to hear of. */
export interface PreflightOptions extends Pick<MigrationRequest, 'target' | 'ignoreChecks' | 'takeOverLock'> {
  /** Failures that are thrown on instead of becoming a finding. Default none. */
  rethrow?: readonly FailureKind[];
}

/** The plan or what is in its way, and what each check had to say. */
export interface Preflight {
  results: CheckResult[];
  outcome: PreflightResult;
}

/**
 * Reads the cluster, makes every check, and makes the plan where nothing is in the way. Writes nothing. A run and a dry run
 * get the same plan from the same state of the cluster: this is where both come from.
 *
 * @throws Failure of the kinds in `rethrow`, and where the plan needs what cannot be read; `Invalid` and `Refused` for a
 * code in `ignoreChecks` that cannot be ignored
 */
export async function preflight(
  cluster: Cluster,
  entry: ClusterEntry,
  { target, ignoreChecks = [], takeOverLock, rethrow = [] }: PreflightOptions,
): Promise<Preflight> {
  const ignoredChecks = checkedCodes(ignoreChecks);
  const facts = createFacts(cluster, { takeOverLock, handover: entry.rollout.handover, probe: entry.probe });
  const results = await runChecks(facts, { target, ignore: ignoredChecks, rethrow });
  const findings = findingsOf(results).map(fitForPayload);
  if (blockers(findings).length > 0) return { results, outcome: { verdict: 'blocked', findings } };

  const plan = await makePlan({ entry, facts, target, findings, ignoredChecks, takeOverLock });
  const needed = plan.kubeProxy.needed || plan.calico?.needed || plan.ebpf?.needed;
  const outcome: PreflightResult = needed
    ? { verdict: 'ready', findings, plan, hash: hashPlan(plan), sources: await sourceSettings(facts, plan) }
    : { verdict: 'nothing-to-do', findings, plan };
  return { results, outcome };
}

function fitForPayload(finding: Finding): Finding {
  const { objects } = finding;
  if (objects.length <= MOST_OBJECTS) return finding;
  return { ...finding, objects: [...objects.slice(0, MOST_OBJECTS), `and ${objects.length - MOST_OBJECTS} more`] };
}
