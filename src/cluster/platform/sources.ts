import type { ProxyMode } from '../../model/mode.ts';
import type { PlatformId } from './platforms.ts';

/** What a run changes in `config.conf`. */
export interface ProxyChange {
  mode: ProxyMode;
  /** Every line that it adds, the mode included. */
  lines: readonly string[];
}

/** Where an installer keeps the settings of kube-proxy outside of the cluster. */
export interface PlatformSource {
  file: string;
  /** How the lines have to read there. */
  lines: (change: ProxyChange) => string[];
  /** What becomes of the cluster where they are not changed, as a sentence without its full stop. */
  otherwise: string;
}

const perNode = (program: string) =>
  `${program} reads it at each start, and starts kube-proxy in the mode that is there on every node whose file was not changed`;

/** `--kube-proxy-arg` of k3s and RKE2 as their configuration files have it. */
const proxyArgument = ({ mode }: ProxyChange) => ['kube-proxy-arg:', `  - proxy-mode=${mode}`];

/** As the API of a Shoot spells them (gardener pkg/apis/core/v1beta1, ProxyMode). */
const gardenerModes: Record<ProxyMode, string> = { iptables: 'IPTables', ipvs: 'IPVS', nftables: 'NFTables' };

/**
 * Where each platform has the mode from; one that is not here has none that could be chosen. kubeadm reads the ConfigMap back at
 * an upgrade (cmd/kubeadm/app/componentconfigs, FetchFromCluster) and takes a file at `init` only; kubespray:
 * inventory/sample/group_vars/k8s_cluster/k8s-cluster.yml; kind: `networking.kubeProxyMode`; minikube: `--extra-config`; Cluster
 * API has no field for it, so templates append the document (docs of cluster-api-runtime-extensions-nutanix, "kube-proxy mode").
 * The others: docs/checks.md, PXS040.
 */
export const platformSources: Partial<Record<PlatformId, PlatformSource>> = {
  kubeadm: {
    file: 'the file that kubeadm init --config was given, document KubeProxyConfiguration, where you keep it',
    lines: ({ lines }) => [...lines],
    otherwise:
      'kubeadm upgrade keeps the mode that is in the cluster, but a cluster that is made of this file, or kubeadm init phase addon kube-proxy --config, starts in the old one',
  },
  kind: {
    file: 'the file that kind create cluster --config was given',
    lines: ({ mode }) => ['networking:', `  kubeProxyMode: ${mode}`],
    otherwise: 'the next cluster that is made of this file starts in the old mode',
  },
  minikube: {
    file: 'the command line of minikube start',
    lines: ({ mode }) => [`--extra-config=kube-proxy.mode=${mode}`],
    otherwise: 'the next cluster that is started with these arguments starts in the old mode',
  },
  kubespray: {
    file: 'INVENTORY/group_vars/k8s_cluster/k8s-cluster.yml',
    lines: ({ mode, lines }) => [
      `kube_proxy_mode: ${mode}`,
      ...lines.flatMap((line) => {
        const addresses = /^nodePortAddresses: (?<list>\[.*\])$/.exec(line)?.groups?.list;
        return addresses === undefined ? [] : [`kube_proxy_nodeport_addresses: ${addresses}`];
      }),
    ],
    otherwise:
      'its next run makes ConfigMap kube-proxy anew with the mode of the inventory, and restarts every kube-proxy at once',
  },
  'cluster-api': {
    file: 'the KubeadmControlPlane, or the ClusterClass that it is made of: the document KubeProxyConfiguration that spec.kubeadmConfigSpec (files, preKubeadmCommands) adds',
    lines: ({ lines }) => [...lines],
    otherwise: 'a cluster that is made of the same template starts in the old mode',
  },
  'eks-addon': {
    file: 'the configuration values of add-on kube-proxy, beside what else they hold',
    lines: ({ mode }) => [`{"mode":"${mode}"}`],
    otherwise: 'the next update of the add-on overwrites the mode in the cluster',
  },
  aks: {
    file: 'kube-proxy.json of az aks update --kube-proxy-config',
    lines: ({ mode }) => [`{"enabled": true, "mode": "${mode.toUpperCase()}"}`],
    otherwise: 'AKS sets its DaemonSet back',
  },
  rke2: {
    file: '/etc/rancher/rke2/config.yaml on every node',
    lines: proxyArgument,
    otherwise: perNode('RKE2'),
  },
  k3s: { file: '/etc/rancher/k3s/config.yaml on every node', lines: proxyArgument, otherwise: perNode('k3s') },
  microk8s: {
    file: '/var/snap/microk8s/current/args/kube-proxy on every node',
    lines: ({ mode }) => [`--proxy-mode=${mode}`],
    otherwise: perNode('MicroK8s'),
  },
  k0s: {
    file: 'k0s.yaml of every controller, or ClusterConfig k0s with dynamic configuration',
    lines: ({ mode }) => ['spec:', '  network:', '    kubeProxy:', `      mode: ${mode}`],
    otherwise: 'its controller applies its own ConfigMap again',
  },
  kops: {
    file: 'the spec of the cluster (kops edit cluster)',
    lines: ({ mode }) => ['spec:', '  kubeProxy:', `    proxyMode: ${mode}`],
    otherwise: 'machines that are made of the old spec start in the old mode',
  },
  talos: {
    file: 'the machine configuration of the control plane',
    lines: ({ mode }) => ['cluster:', '  proxy:', `    mode: ${mode}`],
    otherwise: 'talosctl upgrade-k8s sets the mode back',
  },
  'talos-config': {
    file: 'document KubeProxyConfig of the machine configuration of the control plane',
    lines: ({ mode }) => [`mode: ${mode}`],
    otherwise: 'talosctl upgrade-k8s sets the mode back',
  },
  gardener: {
    file: 'the Shoot, in the garden cluster',
    lines: ({ mode }) => ['spec:', '  kubernetes:', '    kubeProxy:', `      mode: ${gardenerModes[mode]}`],
    otherwise: 'its resource manager sets the mode back within minutes',
  },
  'openshift-kube-proxy': {
    file: 'Network.operator.openshift.io cluster',
    lines: ({ mode }) => ['spec:', '  kubeProxyConfig:', '    proxyArguments:', `      proxy-mode: [${mode}]`],
    otherwise: 'the network operator applies its own ConfigMap again',
  },
};
