import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { type DaemonSet, podSelector, podsOf, readDaemonSet } from '../daemon-sets.ts';
import { describeRef, listObjects } from '../objects.ts';
import { type DaemonPod, daemonPodOf, parseDaemonPod } from '../pods.ts';
import { kubeProxyDaemonSet } from '../refs.ts';
import type { SystemPod } from '../system-pods.ts';

/** Name of the container in kubeadm's DaemonSet. */
export const PROXY_CONTAINER = 'kube-proxy';

/** Where kube-proxy's pods are, and how to select them. */
export interface ProxyPods {
  namespace: string;
  labelSelector: string;
  container: string;
}

/** @throws Failure `Invalid` where there is no DaemonSet kube-system/kube-proxy. */
export async function readProxyDaemonSet(cluster: Cluster): Promise<DaemonSet> {
  const daemonSet = await readDaemonSet(cluster, kubeProxyDaemonSet);
  if (daemonSet) return daemonSet;
  const object = describeRef(kubeProxyDaemonSet);
  throw new Failure('Invalid', `${object} does not exist`, { object });
}

/** @throws Failure as `readProxyDaemonSet` */
export async function findProxyPods(cluster: Cluster): Promise<ProxyPods> {
  const daemonSet = await readProxyDaemonSet(cluster);
  return { namespace: 'kube-system', labelSelector: podSelector(daemonSet), container: PROXY_CONTAINER };
}

/** kube-proxy's pods by node; where a node has two, the one that is not terminating. */
export async function listPodsByNode(
  cluster: Cluster,
  { namespace, labelSelector, container }: ProxyPods,
): Promise<Map<string, DaemonPod>> {
  const objects = await listObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, { labelSelector });
  return byNode(objects.flatMap((object) => parseDaemonPod(object, container) ?? []));
}

/** The same, of pods that were read. */
export function proxyPodsByNode(pods: readonly SystemPod[], daemonSet: DaemonSet): Map<string, DaemonPod> {
  return byNode(podsOf(daemonSet, pods).flatMap((pod) => daemonPodOf(pod, PROXY_CONTAINER) ?? []));
}

function byNode(pods: readonly DaemonPod[]): Map<string, DaemonPod> {
  const found = new Map<string, DaemonPod>();
  for (const pod of pods) if (!pod.terminating || !found.has(pod.node)) found.set(pod.node, pod);
  return found;
}
