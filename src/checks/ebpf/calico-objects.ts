import type { PlainObject } from '../../cluster/objects.ts';
import type { ClusterFacts } from '../facts.ts';

const crds = 'crd.projectcalico.org';
const native = 'projectcalico.org';

/**
 * Objects of Calico's own API. With the native CRDs of 3.32 (tech preview) those of `crd.projectcalico.org` may not be
 * there, and an empty answer from them would say nothing.
 */
export async function calicoObjects(
  facts: ClusterFacts,
  plural: 'ippools' | 'felixconfigurations',
): Promise<PlainObject[]> {
  const groups = await facts.apiGroups();
  const apiVersion = !groups.has(crds) && groups.has(native) ? `${native}/v3` : `${crds}/v1`;
  return await facts.objects({ apiVersion, plural });
}
