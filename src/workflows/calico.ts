import type { CalicoPlan, Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { CalicoStage } from '../model/steps.ts';
import { awaitFelixOn, canaryFirst, FELIX_STANDS_MS } from './calico-canary.ts';
import { removeStaleRules, tellStaleTables } from './calico-stale-rules.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import { named } from './hand-over.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, step, undoStep } from './step-options.ts';

/**
 * One node's Felix first, where none follows kube-proxy; then one patch, the operator and every Felix. Written before
 * kube-proxy it switches no node yet: each Felix is in Auto then, and still programs iptables beside a kube-proxy in ipvs.
 */
export async function switchCalico(
  run: Run,
  plan: Plan,
  { snapshot, gatekeeper }: { snapshot: SnapshotRef; gatekeeper: Gatekeeper },
): Promise<void> {
  const { calico } = plan;
  if (!calico?.needed) return;
  run.journal.enter('calico');
  await gatekeeper.beforeWave();
  const { canary } = calico;
  if (canary) await canaryFirst(run, { calico, canary, snapshot: snapshot.name }, () => switchAll(run, calico));
  else await switchAll(run, calico);
}

async function switchAll(run: Run, calico: CalicoPlan): Promise<void> {
  const patch = `Switch Calico to nftables (${calico.install} install, ${calico.version})`;
  await run.journal.step(patch, () => step({ summary: patch }).switchCalico({ cluster: run.cluster, calico }));
  if (calico.order === 'after-kube-proxy') await awaitCalico(run, calico);
  else await awaitEveryFelix(run, calico, 'prepared', 'Wait until every Felix is ready to follow its kube-proxy');
}

/**
 * After kube-proxy was restarted on these nodes: where Felix follows it, each of theirs has to be in nftables before more
 * nodes are taken. Does nothing elsewhere.
 */
export async function awaitCalicoOn(run: Run, { calico }: Pick<Plan, 'calico'>, nodes: string[]): Promise<void> {
  if (!calico?.followsKubeProxy || nodes.length === 0) return;
  const what = `Wait until Felix has followed on ${named(nodes)}`;
  await awaitFelixOn(run, { calico, nodes, holdMs: FELIX_STANDS_MS }, what);
}

/** When both are switched: every Felix there is now, and what only a person can do. */
export async function completeCalico(run: Run, plan: Plan): Promise<void> {
  const { calico } = plan;
  if (calico === undefined) return;
  run.journal.enter('calico');
  // Where it was written last, this has been seen a moment ago.
  if (!calico.needed || calico.order === 'before-kube-proxy') await awaitCalico(run, calico);
  if (calico.leavesRules) await removeStaleRules(run, plan, calico);
}

/** Waits for the operator and for every Felix. Looks only: also the proof at the end. */
export async function awaitCalico(
  run: Run,
  calico: CalicoPlan,
  what = 'Wait until every Felix has switched',
): Promise<void> {
  await awaitEveryFelix(run, calico, 'target', what);
}

async function awaitEveryFelix(run: Run, calico: CalicoPlan, towards: CalicoStage, what: string): Promise<void> {
  const options = { summary: what, timeoutMs: calico.timeoutMs + LIMIT_MARGIN_MS };
  const steps = towards === 'original' ? undoStep(options) : step(options);
  // Where kube-proxy was left behind, its Felix cannot follow. On the way back nobody is.
  const except = towards === 'original' ? [] : run.journal.leftBehind.map(({ node }) => node);
  const felix = await run.journal.step(what, () =>
    steps.awaitCalico({ cluster: run.cluster, calico, towards, except }),
  );
  run.journal.saw([], felix);
}

/** Undoes {@link switchCalico}. */
export async function returnCalico(run: Run, plan: Plan, snapshot: SnapshotRef): Promise<void> {
  const restore = restoreOf(run.cluster, plan, snapshot);
  const { calico } = restore;
  if (!calico?.needed) return;
  const patch = "Make Calico's objects equal to the snapshot";
  await run.journal.step(patch, () => undoStep({ summary: patch }).restoreCalico(restore));
  await awaitEveryFelix(run, calico, 'original', 'Wait until every Felix is back');
  if (calico.leavesRules) tellStaleTables(run, calico);
}
