import type { CalicoPlan, Plan } from '../model/plan.ts';
import type { SnapshotRef } from '../model/report.ts';
import { restoreOf } from './restore.ts';
import type { Run } from './run.ts';
import { step, undoStep } from './step-options.ts';

/** How long after Calico's own limit Temporal gives up on the activity (ms). */
const MARGIN_MS = 60_000;

/** One patch, then the operator and every Felix. */
export async function switchCalico(run: Run, plan: Plan): Promise<void> {
  const { calico } = plan;
  if (calico === undefined) return;
  run.journal.enter('calico');
  if (calico.needed) {
    await run.checkpoint();
    const patch = `Switch Calico to nftables (${calico.install} install, ${calico.version})`;
    await run.journal.step(patch, () => step({ summary: patch }).switchCalico({ cluster: run.cluster, calico }));
  }
  await awaitCalico(run, calico);
}

/** Waits for the operator and for every Felix. Looks only: also the proof at the end. */
export async function awaitCalico(
  run: Run,
  calico: CalicoPlan,
  what = 'Wait until every Felix has switched',
): Promise<void> {
  const felix = await run.journal.step(what, () =>
    step({ summary: what, timeoutMs: calico.timeoutMs + MARGIN_MS }).awaitCalico({
      cluster: run.cluster,
      calico,
      towards: 'target',
    }),
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
  const what = 'Wait until every Felix is back';
  const felix = await run.journal.step(what, () =>
    undoStep({ summary: what, timeoutMs: calico.timeoutMs + MARGIN_MS }).awaitCalico({
      cluster: run.cluster,
      calico,
      towards: 'original',
    }),
  );
  run.journal.saw([], felix);
}
