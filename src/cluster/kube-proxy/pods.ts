import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { podSelector, readDaemonSet } from '../daemon-sets.ts';
import { describeRef, listObjects } from '../objects.ts';
import { type DaemonPod, parseDaemonPod } from '../pods.ts';
import { kubeProxyDaemonSet } from '../refs.ts';

/** Name of the container in kubeadm's DaemonSet. */
export const PROXY_CONTAINER = 'kube-proxy';

/** Where kube-proxy's pods are, and how to select them. */
export interface ProxyPods {
  namespace: string;
  labelSelector: string;
  container: string;
}

/** @throws Failure `Invalid` where there is no DaemonSet kube-system/kube-proxy. */
export async function findProxyPods(cluster: Cluster): Promise<ProxyPods> {
  const daemonSet = await readDaemonSet(cluster, kubeProxyDaemonSet);
  if (daemonSet === undefined) {
    const object = describeRef(kubeProxyDaemonSet);
    throw new Failure('Invalid', `${object} does not exist`, { object });
  }
  return { namespace: 'kube-system', labelSelector: podSelector(daemonSet), container: PROXY_CONTAINER };
}

/** kube-proxy's pods by node; where a node has two, the one that is not terminating. */
export async function listPodsByNode(
  cluster: Cluster,
  { namespace, labelSelector, container }: ProxyPods,
): Promise<Map<string, DaemonPod>> {
  const byNode = new Map<string, DaemonPod>();
  for (const object of await listObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, { labelSelector })) {
    const pod = parseDaemonPod(object, container);
    if (pod !== undefined && (!pod.terminating || !byNode.has(pod.node))) byNode.set(pod.node, pod);
  }
  return byNode;
}
