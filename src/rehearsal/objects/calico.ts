import type { NewObject } from '../kube-api.ts';
import type { CalicoRelease } from './calico-version.ts';
import { deployment } from './workloads.ts';

/** The dataplanes that a rehearsal can start with. */
export type InitialDataplane = 'Iptables' | 'Nftables';

/** A calico-node DaemonSet, in the namespace and with the update strategy of the kind of install. */
function calicoNode(namespace: string, release: CalicoRelease, metadata: Record<string, unknown>): NewObject {
  const labels = { 'k8s-app': 'calico-node' };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'calico-node', namespace, labels, ...metadata },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          priorityClassName: 'system-node-critical',
          hostNetwork: true,
          serviceAccountName: 'calico-node',
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          terminationGracePeriodSeconds: 5,
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { effect: 'NoSchedule', operator: 'Exists' },
            { effect: 'NoExecute', operator: 'Exists' },
          ],
          containers: [
            {
              name: 'calico-node',
              image: `docker.io/calico/node:${release.calico}`,
              imagePullPolicy: 'IfNotPresent',
              env: [
                { name: 'DATASTORE_TYPE', value: 'kubernetes' },
                { name: 'FELIX_DEFAULTENDPOINTTOHOSTACTION', value: 'ACCEPT' },
                { name: 'FELIX_HEALTHENABLED', value: 'true' },
                { name: 'NODENAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } },
              ],
              securityContext: { privileged: true },
              volumeMounts: [
                { mountPath: '/lib/modules', name: 'lib-modules', readOnly: true },
                { mountPath: '/run/xtables.lock', name: 'xtables-lock' },
                { mountPath: '/var/run/calico', name: 'var-run-calico' },
                { mountPath: '/var/lib/calico', name: 'var-lib-calico' },
              ],
            },
          ],
          volumes: [
            { name: 'lib-modules', hostPath: { path: '/lib/modules', type: '' } },
            { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
            { name: 'var-run-calico', hostPath: { path: '/var/run/calico', type: '' } },
            { name: 'var-lib-calico', hostPath: { path: '/var/lib/calico', type: '' } },
          ],
        },
      },
    },
  };
}

/** What Calico itself keeps in its datastore, the same for both kinds of install. */
function datastore(release: CalicoRelease): NewObject[] {
  const apiVersion = 'crd.projectcalico.org/v1';
  return [
    {
      apiVersion,
      kind: 'ClusterInformation',
      metadata: { name: 'default' },
      spec: {
        calicoVersion: release.calico,
        clusterGUID: '0f3a5c1b6d7e4f8091a2b3c4d5e6f708',
        clusterType: 'typha,kdd,k8s,bgp,kubeadm',
        datastoreReady: true,
      },
    },
    {
      apiVersion,
      kind: 'IPPool',
      metadata: { name: 'default-ipv4-ippool' },
      spec: {
        allowedUses: ['Workload', 'Tunnel'],
        blockSize: 26,
        cidr: '10.128.0.0/9',
        ipipMode: 'Never',
        natOutgoing: true,
        nodeSelector: 'all()',
        vxlanMode: 'CrossSubnet',
      },
    },
  ];
}

/** A manifest install: everything in kube-system, no Installation. */
export function manifestObjects(release: CalicoRelease, dataplane: InitialDataplane): NewObject[] {
  const namespace = 'kube-system';
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'calico-node', namespace } },
    ...datastore(release),
    {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'FelixConfiguration',
      metadata: { name: 'default' },
      spec: {
        bpfConnectTimeLoadBalancing: 'TCP',
        floatingIPs: 'Disabled',
        logSeverityScreen: 'Info',
        reportingInterval: '0s',
        ...(dataplane === 'Nftables' && !release.felixKnowsAuto ? { nftablesMode: 'Enabled' } : {}),
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'calico-config', namespace },
      data: { calico_backend: 'bird', typha_service_name: 'none', veth_mtu: '0' },
    },
    calicoNode(namespace, release, {}),
    calicoDeployment(namespace, 'calico-kube-controllers', 'kube-controllers', release, 1),
  ];
}

/** An operator install, as the operator has it after its first reconcile. Its own writes come from the operator actor. */
export function operatorObjects(release: CalicoRelease, dataplane: InitialDataplane): NewObject[] {
  const owner = { labels: { 'k8s-app': 'calico-node', 'app.kubernetes.io/managed-by': 'tigera-operator' } };
  const namespace = 'calico-system';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'tigera-operator', labels: { name: 'tigera-operator' } } },
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { name: namespace } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tigera-operator', namespace: 'tigera-operator' } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'tigera-operator' },
      rules: [
        {
          apiGroups: ['operator.tigera.io', 'crd.projectcalico.org', 'projectcalico.org'],
          resources: ['*'],
          verbs: ['create', 'get', 'list', 'patch', 'update', 'watch', 'delete'],
        },
        {
          apiGroups: ['apps'],
          resources: ['daemonsets', 'deployments'],
          verbs: ['create', 'get', 'list', 'patch', 'update', 'watch'],
        },
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'tigera-operator' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tigera-operator' },
      subjects: [{ kind: 'ServiceAccount', name: 'tigera-operator', namespace: 'tigera-operator' }],
    },
    deployment({
      namespace: 'tigera-operator',
      name: 'tigera-operator',
      labels: { 'k8s-app': 'tigera-operator' },
      replicas: 1,
      image: `quay.io/tigera/operator:${release.operator}`,
      port: 8383,
      pod: { hostNetwork: true, serviceAccountName: 'tigera-operator', tolerations: [{ operator: 'Exists' }] },
    }),
    ...['calico-node', 'calico-typha', 'calico-kube-controllers'].map(
      (name): NewObject => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }),
    ),
    ...datastore(release),
    installation(dataplane),
    calicoNode(namespace, release, owner),
    calicoDeployment(namespace, 'calico-typha', 'typha', release, 2),
    calicoDeployment(namespace, 'calico-kube-controllers', 'kube-controllers', release, 1),
  ];
}

/** What a person applies; the operator fills in the rest (actors/tigera-operator.ts). */
function installation(dataplane: InitialDataplane): NewObject {
  return {
    apiVersion: 'operator.tigera.io/v1',
    kind: 'Installation',
    metadata: {
      name: 'default',
      finalizers: ['tigera.io/operator-cleanup', 'operator.tigera.io/installation-controller'],
    },
    spec: {
      calicoNetwork: {
        linuxDataplane: dataplane,
        ipPools: [
          {
            name: 'default-ipv4-ippool',
            allowedUses: ['Workload', 'Tunnel'],
            assignmentMode: 'Automatic',
            blockSize: 26,
            cidr: '10.128.0.0/9',
            disableBGPExport: false,
            encapsulation: 'VXLANCrossSubnet',
            natOutgoing: 'Enabled',
            nodeSelector: 'all()',
          },
        ],
      },
    },
  };
}

function calicoDeployment(
  namespace: string,
  name: string,
  image: string,
  release: CalicoRelease,
  replicas: number,
): NewObject {
  return deployment({
    namespace,
    name,
    labels: { 'k8s-app': name },
    replicas,
    image: `docker.io/calico/${image}:${release.calico}`,
    port: 9094,
    pod: {
      hostNetwork: name === 'calico-typha',
      serviceAccountName: namespace === 'kube-system' ? 'calico-node' : name,
      priorityClassName: 'system-cluster-critical',
      tolerations: [{ operator: 'Exists' }],
    },
  });
}
