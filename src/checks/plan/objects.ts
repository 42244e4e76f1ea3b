import { canonicalHash } from '../../cluster/hash.ts';
import { describeRef, type ObjectRef } from '../../cluster/objects.ts';
import { ownParts } from '../../cluster/own-parts.ts';
import {
  calicoNodeDaemonSet,
  felixConfigurationDefault,
  installation,
  kubeProxyConfigMap,
  kubeProxyDaemonSet,
} from '../../cluster/refs.ts';
import type { Plan } from '../../model/plan.ts';
import type { ClusterFacts } from '../facts.ts';

/**
 * The objects that a plan stands on, each with a hash of what people and installers write into it. Status, versions and
 * managedFields are left out: they move by themselves, and nothing in the plan depends on them.
 */
export async function hashObjects(facts: ClusterFacts): Promise<Plan['objects']> {
  const calico = await facts.calico();
  const refs: ObjectRef[] = [
    kubeProxyConfigMap,
    kubeProxyDaemonSet,
    ...(calico ? [calicoNodeDaemonSet(calico.namespace), felixConfigurationDefault] : []),
    ...(calico?.install === 'operator' ? [installation] : []),
  ];
  const found = await Promise.all(refs.map(async (ref) => ({ ref, object: await facts.object(ref) })));
  return found.flatMap(({ ref, object }) =>
    object === undefined ? [] : [{ object: describeRef(ref), hash: canonicalHash(ownParts(object)) }],
  );
}
