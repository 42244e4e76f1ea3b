import { sha256 } from '../cluster/hash.ts';
import { editProxyConfig, readProxyConfig } from '../cluster/kube-proxy/config-edit.ts';
import { configTextOf, readProxyConfigMap, writeProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import { describeRef } from '../cluster/objects.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../cluster/refs.ts';
import { readSaved, restoreObject } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { KubeProxyPlan } from '../model/plan.ts';
import type { OnCluster, Restore } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

/**
 * Writes the planned `config.conf`, only the lines that change.
 * @throws Failure `Drifted` where the text is neither what the plan saw nor what it wants
 */
export async function writeProxyConfig(
  { cluster }: StepContext,
  { to, configBefore, configAfter }: OnCluster & Pick<KubeProxyPlan, 'to' | 'configBefore' | 'configAfter'>,
): Promise<void> {
  const { text, hash, resourceVersion } = await readProxyConfigMap(cluster);
  if (hash === configAfter) return;
  const edited = editProxyConfig(text, { mode: to }).text;
  if (hash !== configBefore || sha256(edited) !== configAfter) {
    throw new Failure('Drifted', `${describeRef(kubeProxyConfigMap)} is not what the plan saw: someone changed it`, {
      object: describeRef(kubeProxyConfigMap),
      hint: 'Start again: the new plan will show what is there now.',
    });
  }
  await writeProxyConfigMap(cluster, edited, resourceVersion);
}

/**
 * For restarts on the way back: the saved text, in the mode that the nodes came from. That is the saved text itself,
 * unless the run found the ConfigMap ahead of its nodes.
 */
export async function writeOriginalMode({ cluster }: StepContext, { snapshot, kubeProxy }: Restore): Promise<void> {
  const { needed, from } = kubeProxy;
  if (!needed) return;
  const savedText = configTextOf(await readSaved(cluster, snapshot, kubeProxyConfigMap));
  const wanted =
    readProxyConfig(savedText).effectiveMode === from ? savedText : editProxyConfig(savedText, { mode: from }).text;
  const { text, resourceVersion } = await readProxyConfigMap(cluster);
  if (text !== wanted) await writeProxyConfigMap(cluster, wanted, resourceVersion);
}

/** Makes the whole ConfigMap equal to the snapshot. */
export async function restoreProxyConfig({ cluster }: StepContext, { snapshot, kubeProxy }: Restore): Promise<void> {
  if (!kubeProxy.needed) return;
  await restoreObject(cluster, kubeProxyConfigMap, await readSaved(cluster, snapshot, kubeProxyConfigMap));
}

/** Makes the whole DaemonSet equal to the snapshot, where a rolling restart has written it. */
export async function restoreDaemonSet({ cluster }: StepContext, { snapshot, kubeProxy }: Restore): Promise<void> {
  if (!kubeProxy.needed || kubeProxy.strategy !== 'rolling') return;
  await restoreObject(cluster, kubeProxyDaemonSet, await readSaved(cluster, snapshot, kubeProxyDaemonSet));
}
