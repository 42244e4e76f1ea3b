import { proxyOffSelectors } from '../../cluster/calico/ebpf.ts';
import type { ClusterFacts } from '../facts.ts';

/** Whether the cluster is in eBPF mode already: by its Installation, and with kube-proxy switched off for it. */
export async function runsEbpf(facts: ClusterFacts): Promise<boolean> {
  const [calico, daemonSet] = await Promise.all([facts.calico(), facts.proxyDaemonSet()]);
  const { nodeSelector = {} } = daemonSet?.spec.template.spec ?? {};
  const isOff = Object.values(proxyOffSelectors).some((key) => key in nodeSelector);
  return isOff && calico?.installation?.spec.calicoNetwork?.linuxDataplane === 'BPF';
}
