import { z } from 'zod';
import type { PlainObject } from '../objects.ts';
import { managersOf } from '../owners/field-managers.ts';
import type { PlatformId } from './platforms.ts';
import {
  daemonSet,
  kubeletVersion,
  nodeAnnotation,
  nodeLabel,
  onNodes,
  type PlatformSigns,
  staticProxy,
} from './signs.ts';

/** A platform that was found. */
export interface RecognisedPlatform {
  id: PlatformId;
  /** What it was recognised by. */
  by: string;
}

type Recogniser = (signs: PlatformSigns) => RecognisedPlatform | undefined;

/** The first evidence that holds says which platform it is. */
function by(id: PlatformId, ...evidence: readonly ((signs: PlatformSigns) => string | undefined)[]): Recogniser {
  return (signs) => {
    for (const look of evidence) {
      const found = look(signs);
      if (found !== undefined) return { id, by: found };
    }
    return undefined;
  };
}

const label = (key: string) => (signs: PlatformSigns) => nodeLabel(signs, key);
const annotation = (key: string) => (signs: PlatformSigns) => nodeAnnotation(signs, key);
const kubelet = (part: string) => (signs: PlatformSigns) => kubeletVersion(signs, part);

/**
 * Platforms that set up kube-proxy in a way of their own. A cloud's `providerID` is none of the signs: it says whose machines
 * the nodes are, which any installer may use. Where each sign comes from: docs/checks.md, PXS040.
 */
const own: readonly Recogniser[] = [
  openshift,
  gke,
  by('aks', label('kubernetes.azure.com/cluster')),
  eks,
  by('gardener', label('worker.gardener.cloud/pool')),
  talos,
  by('kops', label('kops.k8s.io/instancegroup')),
  by('rke2', kubelet('+rke2r'), annotation('rke2.io/node-args')),
  by('k3s', kubelet('+k3s'), annotation('k3s.io/node-args')),
  by('microk8s', label('microk8s.io/cluster')),
  by('k0s', kubelet('+k0s')),
  by('minikube', label('minikube.k8s.io/name')),
  by('kind', (signs) =>
    onNodes(signs, 'providerID kind://', ({ providerID = '' }) => providerID.startsWith('kind://')),
  ),
];

/** Tools that run kubeadm and keep an account of what it should do. Cluster API also runs others. */
const above: readonly Recogniser[] = [by('cluster-api', annotation('cluster.x-k8s.io/machine')), kubespray];

/**
 * Which platforms made this cluster, the one that runs kube-proxy first. Several only where signs of several are there, as
 * where Cluster API made a cluster of RKE2; none where nobody knows it.
 */
export function recognisePlatforms(signs: PlatformSigns): RecognisedPlatform[] {
  const found = [...own, ...above].flatMap((recognise) => recognise(signs) ?? []);
  if (found.length > 0) return found;
  return [kubeadm(signs) ?? staticPods(signs)].flatMap((platform) => platform ?? []);
}

function openshift(signs: PlatformSigns): RecognisedPlatform | undefined {
  const sign =
    nodeLabel(signs, 'node.openshift.io/os_id') ??
    nodeAnnotation(signs, 'machineconfiguration.openshift.io/currentConfig');
  const proxy = daemonSet(signs, 'openshift-kube-proxy', 'openshift-kube-proxy');
  if (proxy !== undefined) return { id: 'openshift-kube-proxy', by: proxy };
  return sign === undefined ? undefined : { id: 'openshift-ovn', by: `${sign}, no kube-proxy` };
}

function gke(signs: PlatformSigns): RecognisedPlatform | undefined {
  const sign = nodeLabel(signs, 'cloud.google.com/gke-nodepool');
  if (sign === undefined) return undefined;
  const dataplane = daemonSet(signs, 'kube-system', 'anetd');
  return dataplane === undefined ? { id: 'gke', by: sign } : { id: 'gke-dataplane-v2', by: `${dataplane}, ${sign}` };
}

/** EKS Anywhere says `-eks-` in its versions as well, but is kubeadm's: only what EKS itself puts into a cluster counts. */
function eks(signs: PlatformSigns): RecognisedPlatform | undefined {
  const { proxyDaemonSet, eksConfigMap } = signs;
  const component = 'eks.amazonaws.com/component';
  const objects = [proxyDaemonSet, eksConfigMap].filter((object) => object !== undefined);
  const sign = objects.some(({ metadata }) => metadata.labels?.[component] === 'kube-proxy')
    ? `label ${component}=kube-proxy`
    : nodeLabel(signs, 'eks.amazonaws.com/');
  if (sign === undefined) return undefined;
  const managers = objects.map((object) => managersOf(object));
  if (managers.some((names) => names?.some(({ manager }) => manager === 'eks'))) {
    return { id: 'eks-addon', by: `field manager eks, ${sign}` };
  }
  const read = managers.some((names) => names !== undefined);
  return read ? { id: 'eks-self-managed', by: `${sign}, no field manager eks` } : { id: 'eks', by: sign };
}

/** From 1.14 on kube-proxy's flags may be in a ConfigMap of Talos (k8stemplates, UseConfigFile). */
function talos(signs: PlatformSigns): RecognisedPlatform | undefined {
  const sign = onNodes(signs, 'osImage Talos', ({ osImage }) => osImage.startsWith('Talos '));
  if (sign === undefined) return undefined;
  const words = signs.daemonSets
    .filter(({ metadata }) => metadata.namespace === 'kube-system' && metadata.name === 'kube-proxy')
    .flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ command, args }) => [...command, ...args]));
  return words.some((word) => word.startsWith('--config='))
    ? { id: 'talos-config', by: `${sign}, --config in DaemonSet kube-proxy` }
    : { id: 'talos', by: sign };
}

const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

function dataOf(object: PlainObject | undefined): Readonly<Record<string, string>> {
  return object === undefined ? {} : configMapSchema.parse(object).data;
}

/** Where kubespray keeps certificates (kube_cert_dir of kubespray_defaults); kubeadm's own place is /etc/kubernetes/pki. */
function kubespray({ kubeadmConfig }: PlatformSigns): RecognisedPlatform | undefined {
  const text = dataOf(kubeadmConfig).ClusterConfiguration ?? '';
  return /^certificatesDir: *"?\/etc\/kubernetes\/ssl"? *$/m.test(text)
    ? { id: 'kubespray', by: 'certificatesDir /etc/kubernetes/ssl in ConfigMap kube-system/kubeadm-config' }
    : undefined;
}

/** k0s and others ship the same DaemonSet and ConfigMap; kubeadm-config is only kubeadm's. */
function kubeadm({ kubeadmConfig }: PlatformSigns): RecognisedPlatform | undefined {
  return kubeadmConfig === undefined ? undefined : { id: 'kubeadm', by: 'ConfigMap kube-system/kubeadm-config' };
}

function staticPods(signs: PlatformSigns): RecognisedPlatform | undefined {
  const sign = staticProxy(signs);
  return sign === undefined ? undefined : { id: 'static-pods', by: sign };
}
