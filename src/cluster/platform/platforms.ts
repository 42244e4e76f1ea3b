/** How a platform goes about kube-proxy, and what a person does there. */
export type Platform =
  | {
      name: string;
      /** The ConfigMap is yours: an edit stays. */
      owner: 'you';
    }
  | {
      name: string;
      /**
       * `both`: an edit works, and stays until the platform's own next act; `platform`: the mode is set elsewhere, and an edit
       * in the cluster is taken back or has no effect.
       */
      owner: 'both' | 'platform';
      /** What becomes of an edit, as a sentence goes on after `NAME: `. */
      why: string;
      fix: string;
      /** What a person calls there; words in capitals are theirs to fill in. */
      command: string;
    };

/** Where each row was read: docs/checks.md, PXS040. */
export const platforms = {
  kubeadm: { name: 'kubeadm', owner: 'you' },
  kind: { name: 'kind', owner: 'you' },
  minikube: { name: 'minikube', owner: 'you' },
  kubespray: {
    name: 'kubespray',
    owner: 'both',
    why: 'its next run makes ConfigMap kube-proxy anew from the inventory, with the mode that is there, and restarts every kube-proxy at once',
    fix: 'Set kube_proxy_mode: nftables in the inventory in the same change',
    command: "grep -rn kube_proxy_mode INVENTORY  # wanted: 'kube_proxy_mode: nftables'",
  },
  'cluster-api': {
    name: 'Cluster API',
    owner: 'both',
    why: 'the ConfigMap stays as it is edited, but a cluster that is made of the same template starts in the old mode, and a roll-out of machines during the run replaces nodes',
    fix: 'Set the mode in the template of the control plane as well, and let no roll-out of machines start during the run',
    command: 'kubectl -n NAMESPACE get kubeadmcontrolplane NAME -o yaml  # in the management cluster',
  },
  'eks-addon': {
    name: 'EKS (add-on)',
    owner: 'platform',
    why: 'the add-on keeps the mode in ConfigMap kube-proxy-config and overwrites what is edited there',
    fix: "Set the mode in the add-on's configuration, with whatever else it holds today, then restart kube-proxy: the add-on does not",
    command:
      'aws eks update-addon --cluster-name CLUSTER --addon-name kube-proxy --configuration-values \'{"mode":"nftables"}\' --resolve-conflicts OVERWRITE && kubectl -n kube-system rollout restart daemonset kube-proxy',
  },
  'eks-self-managed': {
    name: 'EKS (self-managed kube-proxy)',
    owner: 'platform',
    why: 'nobody takes an edit back, but the mode is in key config of ConfigMap kube-proxy-config, which proxyshift does not write',
    fix: 'Set mode: "nftables" there by hand, then restart kube-proxy',
    command: 'kubectl -n kube-system edit configmap kube-proxy-config',
  },
  eks: {
    name: 'EKS',
    owner: 'platform',
    why: 'the mode is in ConfigMap kube-proxy-config; whether an add-on owns it cannot be told from these objects',
    fix: 'Ask EKS: where it knows the add-on, set the mode in its configuration; where it does not, edit ConfigMap kube-proxy-config by hand',
    command: 'aws eks describe-addon --cluster-name CLUSTER --addon-name kube-proxy',
  },
  aks: {
    name: 'AKS',
    owner: 'platform',
    why: 'the mode is a flag in a DaemonSet that AKS manages and sets back',
    fix: 'Set the mode by AKS (a preview feature, Kubernetes 1.33 or newer); kube-proxy.json holds {"enabled": true, "mode": "NFTABLES"}',
    command: 'az aks update --resource-group GROUP --name CLUSTER --kube-proxy-config kube-proxy.json',
  },
  gke: {
    name: 'GKE',
    owner: 'platform',
    why: 'kube-proxy runs as a static pod that GKE writes to the nodes, and its mode cannot be chosen',
    fix: 'Leave kube-proxy as it is, or move to a cluster with Dataplane V2, which has none',
    command: 'gcloud container clusters create NAME --enable-dataplane-v2',
  },
  'gke-dataplane-v2': {
    name: 'GKE Dataplane V2',
    owner: 'platform',
    why: 'there is no kube-proxy: anetd serves Services by eBPF',
    fix: 'Nothing is to be migrated here',
    command: 'kubectl -n kube-system get daemonset anetd',
  },
  rke2: {
    name: 'RKE2',
    owner: 'platform',
    why: 'kube-proxy runs as a static pod, and its mode is in the configuration of RKE2 on each node',
    fix: 'On every node set kube-proxy-arg: [proxy-mode=nftables] in /etc/rancher/rke2/config.yaml and restart RKE2, node by node (experimental; v1.34.10, v1.35.7, v1.36.3 or newer)',
    command: 'systemctl restart rke2-server  # rke2-agent on agents',
  },
  k3s: {
    name: 'k3s',
    owner: 'platform',
    why: 'kube-proxy runs inside the k3s process, and its mode is in the configuration of k3s on each node',
    fix: 'On every node set kube-proxy-arg: [proxy-mode=nftables] in /etc/rancher/k3s/config.yaml and restart k3s, node by node',
    command: 'systemctl restart k3s  # k3s-agent on agents',
  },
  microk8s: {
    name: 'MicroK8s',
    owner: 'platform',
    why: 'kube-proxy runs inside kubelite, and its mode is in a file of each node',
    fix: 'On every node set --proxy-mode=nftables in /var/snap/microk8s/current/args/kube-proxy and restart, node by node',
    command: 'sudo snap restart microk8s.daemon-kubelite',
  },
  k0s: {
    name: 'k0s',
    owner: 'platform',
    why: 'its controller applies its own ConfigMap and DaemonSet again',
    fix: 'Set spec.network.kubeProxy.mode: nftables in the configuration of k0s, then restart the controllers',
    command: 'k0s config edit  # with dynamic configuration; else k0s.yaml of every controller',
  },
  kops: {
    name: 'kOps',
    owner: 'platform',
    why: 'kube-proxy runs as a static pod, and its mode is in the spec of the cluster',
    fix: 'Set the mode in the spec, then replace the machines',
    command:
      'kops edit cluster NAME --set spec.kubeProxy.proxyMode=nftables && kops update cluster NAME --yes && kops rolling-update cluster NAME --yes',
  },
  talos: {
    name: 'Talos',
    owner: 'platform',
    why: 'the mode is a flag in a DaemonSet that Talos makes of the machine configuration',
    fix: 'Set the mode in the machine configuration of the control plane; talosctl upgrade-k8s then brings it into the cluster',
    command:
      'talosctl -n NODES patch machineconfig -p \'{"cluster":{"proxy":{"mode":"nftables"}}}\' && talosctl -n NODE upgrade-k8s --to VERSION',
  },
  'talos-config': {
    name: 'Talos (KubeProxyConfig)',
    owner: 'platform',
    why: 'Talos makes the ConfigMap of kube-proxy of the machine configuration, under a name that changes with it',
    fix: 'Set mode: nftables in document KubeProxyConfig of the machine configuration of the control plane; talosctl upgrade-k8s then brings it into the cluster',
    command: 'talosctl -n NODES edit machineconfig && talosctl -n NODE upgrade-k8s --to VERSION',
  },
  'openshift-ovn': {
    name: 'OpenShift (OVN-Kubernetes)',
    owner: 'platform',
    why: 'there is no kube-proxy: OVN-Kubernetes serves Services by itself',
    fix: 'Nothing is to be migrated here',
    command: 'oc get network.operator cluster -o yaml',
  },
  'openshift-kube-proxy': {
    name: 'OpenShift (kube-proxy)',
    owner: 'platform',
    why: 'the network operator applies its own DaemonSet and ConfigMap in openshift-kube-proxy again',
    fix: 'Set the mode in Network.operator, after asking the vendor whether the image of this release supports it',
    command:
      'oc patch network.operator cluster --type merge -p \'{"spec":{"kubeProxyConfig":{"proxyArguments":{"proxy-mode":["nftables"]}}}}\'',
  },
  gardener: {
    name: 'Gardener',
    owner: 'platform',
    why: 'its resource manager takes back what is edited, and the ConfigMap is immutable',
    fix: 'Set the mode in the Shoot, in the garden cluster',
    command:
      'kubectl -n garden-PROJECT patch shoot NAME --type merge -p \'{"spec":{"kubernetes":{"kubeProxy":{"mode":"NFTables"}}}}\'',
  },
  'static-pods': {
    name: 'A platform that is not known',
    owner: 'platform',
    why: 'kube-proxy runs as static pods, which the kubelet makes of a file on each node',
    fix: 'Set the mode where those files come from, node by node',
    command: 'kubectl -n kube-system get pods -o wide',
  },
} as const satisfies Readonly<Record<string, Platform>>;

/** A name for each row. */
export type PlatformId = keyof typeof platforms;
