import { type CalicoFacts, targetNftablesMode } from '../../cluster/calico/detect.ts';
import type { Installation } from '../../cluster/calico/installation-schema.ts';
import { hasNftables } from '../../cluster/calico/versions.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { Target } from '../../model/request.ts';
import type { Check, Seen } from '../check.ts';
import type { ClusterFacts } from '../facts.ts';

/** A check that has nothing to say about a cluster without Calico. */
export function onCalico(
  run: (calico: CalicoFacts, facts: ClusterFacts, target: Target) => Promise<Seen>,
): Check['run'] {
  return async (facts, target) => {
    const calico = await facts.calico();
    return calico ? await run(calico, facts, target) : { saw: 'no Calico', findings: [] };
  };
}

/** A check that has nothing to say about a cluster without the Tigera operator. */
export function onOperator(
  run: (calico: CalicoFacts & { installation: Installation }, facts: ClusterFacts, target: Target) => Promise<Seen>,
): Check['run'] {
  return onCalico(async (calico, facts, target) => {
    const { installation } = calico;
    return installation ? await run({ ...calico, installation }, facts, target) : { saw: 'no operator', findings: [] };
  });
}

/**
 * As `onCalico`, with the mode that Felix is to run; nothing of a version that has none. One that PXS021 refuses is judged all
 * the same: that refusal can be set aside.
 */
export function onTarget(
  run: (on: { calico: CalicoFacts; mode: NftablesMode }, facts: ClusterFacts, target: Target) => Promise<Seen>,
): Check['run'] {
  return onCalico(async (calico, facts, target) =>
    hasNftables(calico.version)
      ? await run({ calico, mode: targetNftablesMode(calico) }, facts, target)
      : { saw: `Calico ${calico.version}, which has no nftables dataplane`, findings: [] },
  );
}
