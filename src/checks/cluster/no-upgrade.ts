import semver from 'semver';
import { imageBuild } from '../../cluster/image-tag.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import type { Finding } from '../../model/finding.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { rebootFindings } from './reboots.ts';

const code = 'PXS009';

/** Static pods of a control plane, by the label that kubeadm gives them (cmd/kubeadm/app/util/staticpod). */
const controlPlane = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
/** A kubelet may be this many minor versions older than the API server, and never newer (version skew policy). */
const OLDEST_KUBELET = 3;
/** Cluster API marks nodes whose machines are about to be replaced (api/core/v1beta2, NodeOutdatedRevisionTaint). */
const OUTDATED_TAINT = 'node.cluster.x-k8s.io/outdated-revision';

/**
 * What moves by itself during a run cannot be told from what the run does. What is moving now blocks; versions that differ and
 * may stay so for good are a warning.
 */
export const noUpgrade: Check = {
  code,
  category: 'cluster',
  title: 'No upgrade or roll-out is in progress',
  looksAt: 'kubelet versions, images of control-plane and kube-proxy pods, taints of Cluster API, the lock of kured',
  run: async (facts) => {
    const [nodes, pods, daemonSets, server] = await Promise.all([
      facts.nodes(),
      facts.systemPods(),
      facts.daemonSets(),
      facts.kubernetesVersion(),
    ]);
    const kubelets = byVersion(nodes);
    return {
      saw: `API server ${server}, kubelets ${few([...kubelets.keys()]) || 'none'}`,
      findings: [
        ...controlPlane.flatMap((component) => differing(component, staticPods(pods, component))),
        ...differing('kube-proxy', pods.filter(isProxyPod)),
        ...outdated(nodes),
        ...rebootFindings(nodes, daemonSets),
        ...skewed(nodes, server),
        ...mixed(kubelets),
      ],
    };
  },
};

/** Nodes by version of their kubelet, the oldest first. */
function byVersion(nodes: readonly LinuxNode[]): Map<string, string[]> {
  const groups = Map.groupBy([...nodes].sort(byKubelet), ({ kubelet }) => kubelet);
  return new Map([...groups].map(([version, group]) => [version, group.map(({ name }) => name)]));
}

function byKubelet(a: LinuxNode, b: LinuxNode): number {
  const [left, right] = [semver.coerce(a.kubelet), semver.coerce(b.kubelet)];
  const byVersion = left && right ? semver.compare(left, right) : 0;
  return byVersion || a.kubelet.localeCompare(b.kubelet, 'en') || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function staticPods(pods: readonly SystemPod[], component: string): SystemPod[] {
  return pods.filter(({ labels, owner }) => labels.component === component && owner?.kind === 'Node');
}

function isProxyPod({ owner }: SystemPod): boolean {
  return owner?.kind === 'DaemonSet' && owner.name === 'kube-proxy';
}

/** Pods of one component that do not all run the same version. */
function differing(component: string, pods: readonly SystemPod[]): Finding[] {
  const versionOf = ({ containers }: SystemPod) =>
    imageBuild(containers.find(({ name }) => name === component)?.image ?? '');
  const groups = Map.groupBy(pods, versionOf);
  if (groups.size < 2) return [];
  const list = [...groups]
    .map(([version, group]) => `${version} on ${few(group.map(({ node, name }) => node ?? name).sort())}`)
    .sort();
  const message = `${component} runs in ${groups.size} versions, so an upgrade is in progress: ${list.join('; ')}`;
  const more = {
    objects: pods.map(({ name }) => `Pod kube-system/${name}`),
    fix: 'Finish the upgrade, then check again',
    command: 'kubectl -n kube-system get pods -o custom-columns=POD:.metadata.name,IMAGE:.spec.containers[0].image',
  };
  return [finding(code, 'blocker', message, more)];
}

function outdated(nodes: readonly LinuxNode[]): Finding[] {
  const names = nodes.filter(({ taintKeys }) => taintKeys.includes(OUTDATED_TAINT)).map(({ name }) => name);
  if (names.length === 0) return [];
  const message = `Cluster API is replacing machines: taint ${OUTDATED_TAINT} on ${few(names)}`;
  const more = {
    objects: nodeObjects(names),
    fix: 'Let the roll-out of the machines finish, then check again',
    command: "kubectl get nodes -o custom-columns='NODE:.metadata.name,TAINTS:.spec.taints[*].key'",
  };
  return [finding(code, 'blocker', message, more)];
}

/** Kubelets that the API server does not support, as in the middle of an upgrade that was made in the wrong order. */
function skewed(nodes: readonly LinuxNode[], server: string): Finding[] {
  const serverVersion = semver.coerce(server);
  if (serverVersion === null) return [];
  const unsupported = nodes.filter(({ kubelet }) => {
    const version = semver.coerce(kubelet);
    // Of another major version is only what is no kubelet: kwok's nodes say kwok-v0.7.0.
    if (version?.major !== serverVersion.major) return false;
    const behind = serverVersion.minor - version.minor;
    return behind < 0 || behind > OLDEST_KUBELET;
  });
  if (unsupported.length === 0) return [];
  const list = few(unsupported.map(({ name, kubelet }) => `${name} (${kubelet})`));
  const message = `API server ${server} does not support the kubelet of ${count(unsupported.length, 'node')}, which may be up to ${OLDEST_KUBELET} minor versions older and never newer: ${list}`;
  const more = {
    objects: nodeObjects(unsupported.map(({ name }) => name)),
    fix: 'Finish the upgrade of the cluster first',
    command: 'kubectl get nodes',
  };
  return [finding(code, 'blocker', message, more)];
}

function mixed(kubelets: ReadonlyMap<string, readonly string[]>): Finding[] {
  if (kubelets.size < 2) return [];
  const list = [...kubelets].map(([version, names]) => `${version} (${few(names)})`);
  const message = `Nodes run ${kubelets.size} versions of the kubelet, as in the middle of an upgrade: ${few(list)}`;
  const commonest = [...kubelets.values()].reduce((most, names) => (names.length > most.length ? names : most));
  const more = {
    objects: nodeObjects([...kubelets.values()].filter((names) => names !== commonest).flat()),
    fix: 'Make sure that no upgrade goes on during the run: nodes that are drained or rebooted meanwhile make it fail',
    command: 'kubectl get nodes -L kubernetes.io/os',
  };
  return [finding(code, 'warning', message, more)];
}
