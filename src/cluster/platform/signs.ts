import type { DaemonSet } from '../daemon-sets.ts';
import type { ClusterNode } from '../nodes.ts';
import type { PlainObject } from '../objects.ts';
import type { SystemPod } from '../system-pods.ts';

/** What a platform leaves in a cluster that it made. All of it can be read with the permissions that a run needs anyway. */
export interface PlatformSigns {
  /** Linux nodes with a machine behind them. */
  nodes: readonly ClusterNode[];
  /** Of all namespaces. */
  daemonSets: readonly DaemonSet[];
  /** Pods of kube-system. */
  pods: readonly SystemPod[];
  /** DaemonSet kube-system/kube-proxy, with its managedFields where they were read. */
  proxyDaemonSet: PlainObject | undefined;
  /** ConfigMap kube-system/kubeadm-config. */
  kubeadmConfig: PlainObject | undefined;
  /** ConfigMap kube-system/kube-proxy-config, as EKS has it. */
  eksConfigMap: PlainObject | undefined;
}

/** Evidence that some nodes show: `label kops.k8s.io/instancegroup on 3 of 3 nodes`. Undefined where none does. */
export function onNodes(
  { nodes }: PlatformSigns,
  what: string,
  shows: (node: ClusterNode) => boolean,
): string | undefined {
  const number = nodes.filter(shows).length;
  return number === 0 ? undefined : `${what} on ${number} of ${nodes.length} nodes`;
}

/** Evidence of a node label by its key, or by the start of its key where that ends with `/`. */
export function nodeLabel(signs: PlatformSigns, key: string): string | undefined {
  const shows = ({ labels }: ClusterNode) =>
    key.endsWith('/') ? Object.keys(labels).some((label) => label.startsWith(key)) : key in labels;
  return onNodes(signs, `label ${key}${key.endsWith('/') ? '*' : ''}`, shows);
}

/** Evidence of a node annotation by its key. */
export function nodeAnnotation(signs: PlatformSigns, key: string): string | undefined {
  return onNodes(signs, `annotation ${key}`, ({ annotationKeys }) => annotationKeys.includes(key));
}

/** Evidence of a part of the version that the kubelets report. */
export function kubeletVersion(signs: PlatformSigns, part: string): string | undefined {
  return onNodes(signs, `kubelet version *${part}*`, ({ kubelet }) => kubelet.includes(part));
}

/** Evidence of a DaemonSet. */
export function daemonSet({ daemonSets }: PlatformSigns, namespace: string, name: string): string | undefined {
  const found = daemonSets.some(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  return found ? `DaemonSet ${namespace}/${name}` : undefined;
}

/** Evidence of kube-proxy as a static pod: the kubelet runs it from a file of the node, and no API object drives it. */
export function staticProxy({ pods }: PlatformSigns): string | undefined {
  const names = pods.filter(({ name, owner }) => owner?.kind === 'Node' && name.startsWith('kube-proxy-'));
  return names.length === 0 ? undefined : `${names.length} static pods kube-system/kube-proxy-*`;
}
