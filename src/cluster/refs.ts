import type { ObjectRef } from './objects.ts';

// Where the objects of a kubeadm cluster (kubernetes/cmd/kubeadm/app/phases/addons/proxy) and of Calico are.

export const kubeProxyConfigMap: ObjectRef = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespace: 'kube-system',
  name: 'kube-proxy',
};

export const kubeProxyDaemonSet: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespace: 'kube-system',
  name: 'kube-proxy',
};

/** Namespace of DaemonSet calico-node by kind of install. */
export const calicoNamespaces = { operator: 'calico-system', manifest: 'kube-system' } as const;

export function calicoNodeDaemonSet(namespace: string): ObjectRef {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', plural: 'daemonsets', namespace, name: 'calico-node' };
}

export const installation: ObjectRef = {
  apiVersion: 'operator.tigera.io/v1',
  kind: 'Installation',
  plural: 'installations',
  name: 'default',
};

/** Merged over `default` by the operator (`pkg/controller/utils/merge.go`); it is not there on most clusters. */
export const overlayInstallation: ObjectRef = { ...installation, name: 'overlay' };

export const tigeraOperatorDeployment: ObjectRef = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespace: 'tigera-operator',
  name: 'tigera-operator',
};

/** Tells Calico the API server's own address, where no operator finds it (Calico's documentation, "Enabling the eBPF data plane"). */
export function servicesEndpointIn(namespace: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespace, name: 'kubernetes-services-endpoint' };
}

export const tigeraStatusCalico: ObjectRef = {
  apiVersion: 'operator.tigera.io/v1',
  kind: 'TigeraStatus',
  plural: 'tigerastatuses',
  name: 'calico',
};

export const felixConfigurationDefault: ObjectRef = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'FelixConfiguration',
  plural: 'felixconfigurations',
  name: 'default',
};

/** Stronger than `default`, on its node. */
export function nodeFelixConfiguration(node: string): ObjectRef {
  return { ...felixConfigurationDefault, name: `node.${node}` };
}

export const clusterInformation: ObjectRef = {
  apiVersion: 'crd.projectcalico.org/v1',
  kind: 'ClusterInformation',
  plural: 'clusterinformations',
  name: 'default',
};
