import { sha256 } from '../cluster/hash.ts';
import { editProxyConfig } from '../cluster/kube-proxy/config-edit.ts';
import { configTextOf, readProxyConfigMap, writeProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import { describeRef } from '../cluster/objects.ts';
import { kubeProxyConfigMap } from '../cluster/refs.ts';
import { configTextInMode } from '../cluster/snapshot/contents.ts';
import { readSavedObject, restoreObject } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { KubeProxyPlan } from '../model/plan.ts';
import type { OnCluster, Restore } from '../model/steps.ts';
import type { ClusterContext, StepContext } from './step-context.ts';

/**
 * Writes the planned `config.conf`, only the lines that change.
 * @throws Failure `Drifted` where the text is neither what the plan saw nor what it wants
 */
export async function writeProxyConfig(
  { cluster }: StepContext,
  { kubeProxy }: OnCluster & { kubeProxy: KubeProxyPlan },
): Promise<void> {
  const { text, hash, resourceVersion } = await readProxyConfigMap(cluster);
  if (hash === kubeProxy.configAfter) return;
  const edited = editProxyConfig(text, { mode: kubeProxy.to }).text;
  if (hash !== kubeProxy.configBefore || sha256(edited) !== kubeProxy.configAfter) {
    throw new Failure('Drifted', `${describeRef(kubeProxyConfigMap)} is not what the plan saw: someone changed it`, {
      object: describeRef(kubeProxyConfigMap),
      hint: 'Start again: the new plan will show what is there now.',
    });
  }
  await writeProxyConfigMap(cluster, edited, resourceVersion);
}

/** For restarts on the way back: the saved text, in the mode that the nodes came from. */
export async function writeOriginalMode(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { snapshot, kubeProxy }: Restore,
): Promise<void> {
  const { needed, from } = kubeProxy;
  if (!needed) return;
  const wanted = configTextInMode(configTextOf(await readSavedObject(cluster, snapshot, kubeProxyConfigMap)), from);
  const { text, resourceVersion } = await readProxyConfigMap(cluster);
  if (text !== wanted) await writeProxyConfigMap(cluster, wanted, resourceVersion);
}

/** Makes the whole ConfigMap equal to the snapshot. */
export async function restoreProxyConfig(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { snapshot, kubeProxy }: Restore,
): Promise<void> {
  if (!kubeProxy.needed) return;
  await restoreObject(cluster, kubeProxyConfigMap, await readSavedObject(cluster, snapshot, kubeProxyConfigMap));
}
