import type { PlatformSigns } from '../../cluster/platform/signs.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../../cluster/refs.ts';
import type { ClusterFacts } from '../facts.ts';

/** What tells which platform made the cluster. */
export async function signsOf(facts: ClusterFacts): Promise<PlatformSigns> {
  const [nodes, daemonSets, pods, proxyDaemonSet, kubeadmConfig, eksConfigMap] = await Promise.all([
    facts.nodes(),
    facts.daemonSets(),
    facts.systemPods(),
    facts.object(kubeProxyDaemonSet),
    facts.object({ ...kubeProxyConfigMap, name: 'kubeadm-config' }),
    facts.object({ ...kubeProxyConfigMap, name: 'kube-proxy-config' }),
  ]);
  return { nodes, daemonSets, pods, proxyDaemonSet, kubeadmConfig, eksConfigMap };
}
