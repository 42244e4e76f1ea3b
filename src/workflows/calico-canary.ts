import { condition } from '@temporalio/workflow';
import { readable } from '../model/readable.ts';
import type { FelixOn, TryCalico } from '../model/steps.ts';
import { canaryDone } from './happenings.ts';
import type { Run } from './run.ts';
import { LIMIT_MARGIN_MS, step } from './step-options.ts';

/**
 * How long a Felix that has just switched has to stand (ms). It names its mode before it programs its first rule; one that
 * cannot says `Failed to program nftables, will retry`, dies after its retries (felix/nftables/table.go) and starts over.
 */
export const FELIX_STANDS_MS = 3_000;

/**
 * The canary, then all others (`switchAll`), then the canary's own setting is taken away. What undoes it was registered
 * before; an abort leaves it where it is, and says so.
 */
export async function canaryFirst(run: Run, attempt: TryCalico, switchAll: () => Promise<void>): Promise<void> {
  try {
    await tryOnCanary(run, attempt);
    await switchAll();
    await withdrawCanary(run, attempt);
  } catch (error) {
    const { abort, rollback } = run.desk;
    if (abort && !rollback) tellLeft(run, attempt);
    throw error;
  }
}

/**
 * One node's Felix alone, by FelixConfiguration `node.<name>`: it has to read its mode from there and program nftables, for
 * as long as was agreed.
 */
async function tryOnCanary(run: Run, attempt: TryCalico): Promise<void> {
  const { calico, canary } = attempt;
  const { node } = canary;
  const set = `Set nftablesMode ${calico.nftablesMode.to} for Felix on ${node} (canary)`;
  const felix: FelixOn = { calico, nodes: [node], source: 'datastore (per-host)', holdMs: FELIX_STANDS_MS };
  await run.journal.step(set, () => step({ summary: set }).setCalicoCanary({ cluster: run.cluster, ...attempt }));
  await awaitFelixOn(run, felix, `Wait until Felix has switched on ${node} (canary)`);
  if (calico.canarySoakMs > 0) {
    const watch = `Let Felix on ${node} soak for ${readable(calico.canarySoakMs)} (canary)`;
    const asked = () => run.isAskedToStop;
    await run.journal.step(watch, () => condition(asked, calico.canarySoakMs, { summary: watch }));
    await run.checkpoint();
    await awaitFelixOn(run, felix, `Verify Felix on ${node} after its soak (canary)`);
  }
  run.tell(canaryDone(run.cluster, node, 'Calico in nftables'));
  await run.checkpoint();
}

/** All others have followed: the canary reads its mode from where they do. It is the same, so its Felix goes on. */
async function withdrawCanary(run: Run, attempt: TryCalico): Promise<void> {
  const { calico, canary } = attempt;
  const unset = `Take FelixConfiguration node.${canary.node} ${canary.existing ? 'back to what it was' : 'away'}`;
  await run.journal.step(unset, () => step({ summary: unset }).unsetCalicoCanary({ cluster: run.cluster, ...attempt }));
  const felix: FelixOn = { calico, nodes: [canary.node], source: 'datastore (global)', holdMs: 0 };
  await awaitFelixOn(run, felix, `Wait until Felix on ${canary.node} reads its mode from where all do`);
}

/** Follows the logs of Felix on these nodes only. */
export async function awaitFelixOn(run: Run, felix: FelixOn, what: string): Promise<void> {
  const timeoutMs = felix.calico.timeoutMs + LIMIT_MARGIN_MS;
  const proofs = await run.journal.step(what, () =>
    step({ summary: what, timeoutMs }).awaitFelixOn({ cluster: run.cluster, ...felix }),
  );
  run.journal.saw([], proofs);
}

/** An abort leaves everything as it is: also what stands in the way of nothing, and is forgotten easily. */
function tellLeft({ journal }: Run, { calico, canary }: TryCalico): void {
  const name = `node.${canary.node}`;
  const command = canary.existing
    ? `kubectl patch felixconfigurations.crd.projectcalico.org ${name} --type merge -p '{"spec":{"nftablesMode":null}}'`
    : `kubectl delete felixconfigurations.crd.projectcalico.org ${name}`;
  journal.remarks.push(
    `FelixConfiguration ${name} may still set nftablesMode ${calico.nftablesMode.to}: see to it with ${command}`,
  );
}
