import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import type { ClusterNode } from '../../cluster/nodes.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS085';

/** As Calico's documentation has it ("Enabling the eBPF data plane", supported and not supported). */
const architectures = ['amd64', 'arm64'];

/** Reads DaemonSets, not what is known of Calico: with etcd its version is in etcd and not in the cluster. */
export const supportedCluster: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'Nodes, platform and datastore are ones that eBPF mode supports',
  looksAt: 'labels and operating system of every node, and the environment of DaemonSet calico-node',
  run: async (facts) => {
    const [nodes, daemonSets] = await Promise.all([facts.allNodes(), facts.daemonSets()]);
    const etcd = daemonSets.filter(usesEtcd).map(({ metadata }) => `DaemonSet ${metadata.namespace}/calico-node`);
    const gke = nodes.filter(({ labels }) => 'cloud.google.com/gke-nodepool' in labels);
    const windows = nodes.filter(({ os }) => os === 'windows');
    const strange = nodes.filter(({ os, virtual, labels }) => {
      const arch = labels['kubernetes.io/arch'];
      return os === 'linux' && !virtual && arch !== undefined && !architectures.includes(arch);
    });
    const findings = [
      ...unsupportedNodes(gke, 'Nodes of GKE, whose CNI plugin does not go with eBPF mode', 'Stay with nftables there'),
      ...unsupportedNodes(
        windows,
        'Windows nodes, beside which Calico does not support eBPF mode',
        'Move the Windows workloads to a cluster of their own',
      ),
      ...unsupportedNodes(
        strange,
        'Nodes that are neither amd64 nor arm64, for which there are no eBPF programs',
        'Replace these nodes',
      ),
      ...etcd.map((object) =>
        finding(code, 'blocker', `${object} uses etcd as its datastore, with which eBPF mode cannot watch Services`, {
          objects: [object],
          fix: 'Move Calico to the Kubernetes datastore first: its documentation has a chapter on it',
          command: 'kubectl -n kube-system get daemonset calico-node -o yaml',
        }),
      ),
    ];
    return { saw: `${count(nodes.length, 'node')}, ${windows.length} with Windows`, findings };
  },
};

/** `DATASTORE_TYPE` is `kubernetes` in every other manifest; calico-etcd.yaml gives the endpoints, and no type. */
function usesEtcd({ metadata, spec }: DaemonSet): boolean {
  const env = spec.template.spec.containers.flatMap((container) => container.env);
  return (
    metadata.name === 'calico-node' &&
    env.some(({ name, value }) => name === 'ETCD_ENDPOINTS' || (name === 'DATASTORE_TYPE' && value === 'etcdv3'))
  );
}

function unsupportedNodes(nodes: readonly ClusterNode[], what: string, fix: string): Finding[] {
  if (nodes.length === 0) return [];
  const names = nodes.map(({ name }) => name).sort();
  const command = 'kubectl get nodes -L kubernetes.io/os,kubernetes.io/arch,cloud.google.com/gke-nodepool';
  return [finding(code, 'blocker', `${what}: ${few(names)}`, { objects: nodeObjects(names), fix, command })];
}
