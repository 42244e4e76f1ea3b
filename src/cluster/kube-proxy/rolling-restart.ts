import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { parseDaemonSet } from '../daemon-sets.ts';
import { describeRef, mergePatch, readObject } from '../objects.ts';
import { kubeProxyDaemonSet } from '../refs.ts';

/** What `kubectl rollout restart` sets (staging/src/k8s.io/kubectl/pkg/polymorphichelpers/objectrestarter.go). */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

/**
 * Asks the DaemonSet to replace its pods, by its own update strategy. Done already where its template has this very time.
 *
 * @param at ISO 8601; of the workflow, so that a second attempt asks for the same
 * @throws Failure `Drifted` where the DaemonSet is gone
 */
export async function restartDaemonSet(cluster: Cluster, at: string): Promise<void> {
  const object = describeRef(kubeProxyDaemonSet);
  const found = await readObject(cluster, kubeProxyDaemonSet);
  if (found === undefined) throw new Failure('Drifted', `${object} is gone`, { object });
  const { template } = parseDaemonSet(found).spec;
  if (template.metadata.annotations[RESTARTED_AT] === at) return;
  const patch = { spec: { template: { metadata: { annotations: { [RESTARTED_AT]: at } } } } };
  await mergePatch(cluster, kubeProxyDaemonSet, patch, { resourceVersion: found.metadata.resourceVersion });
}
