import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { Cluster } from '../../cluster/connect.ts';
import { listSnapshots, readSnapshot } from '../../cluster/snapshot/find.ts';
import { Failure, type FailureKind } from '../../model/failure.ts';
import { blockers } from '../../model/finding.ts';
import type { PreflightResult } from '../../model/plan.ts';
import type { RollbackRequest } from '../../model/request.ts';
import { createFacts } from '../create-facts.ts';
import type { ClusterFacts } from '../facts.ts';
import { hashPlan } from '../plan/hash-plan.ts';
import { findingsOf, runChecks } from '../run-checks.ts';
import { type Chosen, chooseSnapshot } from './choose-snapshot.ts';
import { differencesFrom, isEmpty } from './differences.ts';
import { rollbackFindings } from './findings.ts';
import { makeRollbackPlan } from './make-plan.ts';

export interface RollbackPreflightOptions extends Pick<RollbackRequest, 'snapshot' | 'takeOverLock'> {
  /** Failures that are thrown on instead of becoming a finding. Default none. */
  rethrow?: readonly FailureKind[];
}

/**
 * Looks at what differs from a snapshot, and makes the plan of going back to it. Of the checks only those of the cluster as
 * a whole are made, and whether nodes can be handed over as they were: the others ask whether it can be migrated. Writes
 * nothing.
 *
 * @throws Failure where there is no snapshot, or none that can be read, and of the kinds in `rethrow`
 */
export async function preflightRollback(
  cluster: Cluster,
  entry: ClusterEntry,
  { snapshot: name, takeOverLock, rethrow = [] }: RollbackPreflightOptions,
): Promise<PreflightResult> {
  const facts = createFacts(cluster, { takeOverLock });
  const chosen = await choose(cluster, facts, name);
  refuseEbpf(chosen);
  const { handover } = chosen.snapshot.run.wayBack.kubeProxy;
  const only = handover === 'make-before-break' ? (['cluster', 'handover'] as const) : (['cluster'] as const);
  const results = await runChecks({ ...facts, handover }, { only, rethrow });
  const findings = [...findingsOf(results), ...(await rollbackFindings(facts, chosen.snapshot.run))];
  if (blockers(findings).length > 0) return { verdict: 'blocked', findings };

  const plan = await makeRollbackPlan({ entry, facts, chosen, findings, takeOverLock });
  return isEmpty(chosen.differences)
    ? { verdict: 'nothing-to-do', findings, plan }
    : { verdict: 'ready', findings, plan, hash: hashPlan(plan) };
}

/**
 * The snapshot that was named, or the newest one that differs.
 * @throws Failure `Invalid` where there is none, or where it cannot be read
 */
export async function choose(cluster: Cluster, facts: ClusterFacts, name: string | undefined): Promise<Chosen> {
  if (name === undefined) return await chooseSnapshot(facts, await listSnapshots(cluster));
  const snapshot = await readSnapshot(cluster, name);
  return { snapshot, differences: await differencesFrom(facts, snapshot) };
}

/** @throws Failure `Refused` for a snapshot of a run to eBPF, which a plan of a rollback cannot say yet */
function refuseEbpf({ snapshot: { run, ref } }: Chosen): void {
  if (run.wayBack.ebpf?.needed !== true) return;
  const object = `ConfigMap ${ref.namespace}/${ref.name}`;
  throw new Failure(
    'Refused',
    `The snapshot ${object} is of a run to eBPF: once that has ended, a workflow cannot go back to it`,
    { object, hint: `Go back from a terminal: proxyshift restore ${run.cluster.name} --snapshot ${ref.name}` },
  );
}
