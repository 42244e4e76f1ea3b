import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { findingsOf, runChecks } from '../../../src/checks/run-checks.ts';
import type { CalicoFacts } from '../../../src/cluster/calico/detect.ts';
import type { FelixOnNode } from '../../../src/cluster/calico/felix.ts';
import { felixStateFromLog } from '../../../src/cluster/calico/felix-lines.ts';
import { installationSchema, type TigeraStatusHealth } from '../../../src/cluster/calico/installation-schema.ts';
import type { ClusterEntry } from '../../../src/cluster/clusters-file.ts';
import type { DaemonSet } from '../../../src/cluster/daemon-sets.ts';
import { sha256 } from '../../../src/cluster/hash.ts';
import { type ProxyConfigSummary, readProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import type { ProxyConfigMap } from '../../../src/cluster/kube-proxy/config-map.ts';
import type { LinuxNode } from '../../../src/cluster/nodes.ts';
import { describeRef, type PlainObject } from '../../../src/cluster/objects.ts';
import { standbyPod } from '../../../src/cluster/standby/pod.ts';
import type { SystemPod } from '../../../src/cluster/system-pods.ts';
import type { Failure } from '../../../src/model/failure.ts';
import type { Finding } from '../../../src/model/finding.ts';
import type { LinuxDataplane, NftablesMode, ObservedMode } from '../../../src/model/mode.ts';
import type { ProxyProof } from '../../../src/model/node-proof.ts';
import { byName } from '../../../src/model/waves.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';

/** A part of the cluster that could be read, or why it could not. */
export type Known<T> = { value: T } | { failure: Failure };

/** Calico, with what was seen of it. */
export interface CalicoSeen extends CalicoFacts {
  felix: FelixOnNode[];
  /** Of the operator, for the Installation as it is now; operator installs only. */
  operator?: TigeraStatusHealth;
}

/** The facts that a test sets. */
export interface FactValues {
  kubernetesVersion: string;
  nodes: LinuxNode[];
  proxyConfig: Known<{ configMap: ProxyConfigMap; summary: ProxyConfigSummary }>;
  proxyDaemonSet: DaemonSet | undefined;
  proxies: ProxyProof[];
  calico: Known<CalicoSeen | undefined>;
  systemPods: SystemPod[];
  /** By what messages call them, as `ConfigMap kube-system/kube-proxy`. */
  objects: Readonly<Record<string, PlainObject>>;
}

/** A control-plane node and three workers of a kubeadm 1.35 cluster, healthy, in ipvs, without Calico. */
export function healthyValues(overrides: Partial<FactValues> = {}): FactValues {
  const nodes = overrides.nodes ?? [node('cp-1', { controlPlane: true }), ...workers(3)];
  return {
    kubernetesVersion: 'v1.35.4',
    nodes,
    proxyConfig: proxyConfig(kubeadm),
    proxyDaemonSet: proxyDaemonSet(),
    proxies: nodes.map(({ name }) => proof(name, 'ipvs')),
    calico: { value: undefined },
    systemPods: [],
    objects: {},
    ...overrides,
  };
}

/** The facts of {@link healthyValues}. */
export function healthyFacts(overrides: Partial<FactValues> = {}): ClusterFacts {
  return factsOf(healthyValues(overrides));
}

/** The Tigera operator, of a version that cannot be read from its image. */
const runningOperator: PlainObject = {
  metadata: { name: 'tigera-operator', namespace: 'tigera-operator' },
  spec: { template: { spec: { containers: [{ name: 'tigera-operator', image: '' }] } } },
  status: { availableReplicas: 1 },
};

/** By which a cluster is known to be kubeadm's, unless a test sets it otherwise. */
const madeByKubeadm: Readonly<Record<string, PlainObject>> = {
  'ConfigMap kube-system/kubeadm-config': {
    metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
    data: { ClusterConfiguration: 'certificatesDir: /etc/kubernetes/pki\n' },
  },
};

/** Values as facts: what could not be read is thrown. */
export function factsOf(values: FactValues): ClusterFacts {
  const { kubernetesVersion, proxyConfig: config, proxyDaemonSet: daemonSet, objects } = values;
  const nodes = [...values.nodes].sort(byName);
  const proxies = [...values.proxies].sort((a, b) => byName({ name: a.node }, { name: b.node }));
  const calico = async () => valueIn(values.calico);
  return {
    identity: { name: 'staging', uid: '0f3c5a6e-1111-4222-8333-444455556666' },
    signal: undefined,
    server: 'https://192.0.2.10:6443',
    serverAddress: async () => ({ host: '192.0.2.10', port: 6443, addresses: ['192.0.2.10'] }),
    userName: async () => 'system:serviceaccount:kube-system:proxyshift',
    kubernetesVersion: async () => kubernetesVersion,
    apiGroups: async () => new Map(),
    allNodes: async () => nodes,
    nodes: async () => nodes,
    observedNodes: async () => nodes,
    daemonSets: async () => (daemonSet ? [daemonSet] : []),
    systemPods: async () => values.systemPods,
    services: async () => [],
    endpoints: async () => 0,
    proxyConfig: async () => valueIn(config),
    proxyDaemonSet: async () => daemonSet,
    proxies: async () => proxies,
    calico,
    calicoPods: async () => podsOf(await calico(), nodes),
    felix: async () => (await calico())?.felix ?? [],
    tigeraStatus: async () => (await calico())?.operator,
    missing: async () => [],
    standbyRefusal: async () => undefined,
    standbySpec: async () =>
      daemonSet && standbyPod({ daemonSet, node: 'any', purpose: 'serve', mode: 'nftables', config: '{}' }).spec,
    probeRefusal: async () => undefined,
    podRequests: async () => new Map(),
    object: async (ref) =>
      objects[describeRef(ref)] ??
      madeByKubeadm[describeRef(ref)] ??
      (ref.kind === 'Deployment' ? runningOperator : undefined),
    objects: async () => [],
  };
}

/** A pod of calico-node on each node, as its DaemonSet makes them. */
function podsOf(calico: CalicoFacts | undefined, nodes: readonly LinuxNode[]): SystemPod[] {
  if (calico === undefined) return [];
  const { daemonSet: owner, namespace } = calico;
  return nodes.map((where) => ({
    name: `calico-node-${where.name}`,
    namespace,
    uid: `calico-node-${where.name}`,
    terminating: false,
    labels: owner.metadata.labels,
    node: where.name,
    owner: { kind: 'DaemonSet', name: 'calico-node' },
    containers: owner.spec.template.spec.containers,
    createdAt: undefined,
    states: [],
    phase: 'Running',
    rejected: undefined,
  }));
}

function valueIn<T>(part: Known<T>): T {
  if ('failure' in part) throw part.failure;
  return part.value;
}

/** What every check finds. */
export async function findingsIn(facts: ClusterFacts): Promise<Finding[]> {
  return findingsOf(await runChecks(facts));
}

export function node(name: string, more: Partial<LinuxNode> = {}): LinuxNode {
  return {
    name,
    controlPlane: false,
    ready: true,
    schedulable: true,
    os: 'linux',
    osImage: 'Ubuntu 24.04.3 LTS',
    kernel: '6.8.0-45-generic',
    kubelet: 'v1.35.4',
    virtual: false,
    providerID: undefined,
    labels: { 'kubernetes.io/os': 'linux' },
    annotationKeys: [],
    taintKeys: [],
    allocatable: { cpu: '8', memory: '32870164Ki', pods: '110' },
    addresses: [],
    ...more,
  };
}

/** node-1 and up. */
export function workers(count: number, more: Partial<LinuxNode> = {}): LinuxNode[] {
  return Array.from({ length: count }, (_, index) => node(`node-${index + 1}`, more));
}

/** The first ten of {@link workers}, and how the other two are told of: what a person reads of twelve. */
export const tenAndTwoMore =
  'node-1, node-2, node-3, node-4, node-5, node-6, node-7, node-8, node-9, node-10 and 2 more';

export function proof(name: string, mode: ObservedMode, more: Partial<ProxyProof> = {}): ProxyProof {
  return {
    node: name,
    pod: `kube-proxy-${name}`,
    mode,
    witnesses: mode === 'unknown' ? [] : ['proxyMode', 'log'],
    synced: mode !== 'unknown',
    ...more,
  };
}

/** @throws Failure where `text` is no config.conf */
export function proxyConfig(text: string): FactValues['proxyConfig'] {
  return {
    value: { configMap: { text, hash: sha256(text), resourceVersion: '4711' }, summary: readProxyConfig(text) },
  };
}

type Container = DaemonSet['spec']['template']['spec']['containers'][number];

/** What a DaemonSet may differ in; the numbers are those of four nodes. */
export interface DaemonSetOptions {
  name: string;
  generation?: number;
  status?: Partial<DaemonSet['status']>;
  container?: Partial<Container>;
}

/** A DaemonSet that is rolled out, with one container of its own name. */
export function daemonSet({ name, generation = 1, status = {}, container = {} }: DaemonSetOptions): DaemonSet {
  const labels = { 'k8s-app': name };
  return {
    metadata: { name, namespace: 'kube-system', generation, labels, annotations: {} },
    spec: {
      selector: { matchLabels: labels },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      template: {
        metadata: { labels, annotations: {} },
        spec: {
          containers: [{ name, image: '', command: [], args: [], env: [], ...container }],
          nodeSelector: {},
          hostNetwork: true,
        },
      },
    },
    status: {
      observedGeneration: generation,
      desiredNumberScheduled: 4,
      currentNumberScheduled: 4,
      updatedNumberScheduled: 4,
      numberMisscheduled: 0,
      numberReady: 4,
      numberUnavailable: 0,
      ...status,
    },
  };
}

/** kubeadm's DaemonSet kube-proxy. */
export function proxyDaemonSet(more: Omit<DaemonSetOptions, 'name'> = {}): DaemonSet {
  const command = [
    '/usr/local/bin/kube-proxy',
    '--config=/var/lib/kube-proxy/config.conf',
    '--hostname-override=$(NODE_NAME)',
  ];
  return daemonSet({ ...more, name: 'kube-proxy', container: { command, ...more.container } });
}

/** Calico, as far as a test sets it; everything else is healthy. */
export interface CalicoOptions {
  version: string;
  /** Names of its nodes; by default those of {@link healthyFacts}. */
  nodes?: readonly string[];
  /** `spec.nftablesMode` of FelixConfiguration `default`; by default unset. */
  nftablesMode?: NftablesMode;
  /** The log of Felix on each node; by default that of an ipvs node in iptables mode. */
  felixLog?: (node: string) => string[];
  daemonSet?: DaemonSet;
}

/** Known Calico, installed by manifests. */
export function manifestCalico(options: CalicoOptions): { value: CalicoSeen } {
  return { value: calico('manifest', 'kube-system', options) };
}

/** What only the operator has. */
export interface OperatorCalicoOptions extends CalicoOptions {
  dataplane?: LinuxDataplane | null;
  /** `linuxPolicySetupTimeoutSeconds`; by default unset. */
  policySetupTimeoutSeconds?: number | null;
  operator?: CalicoSeen['operator'];
}

/** Known Calico, installed by the Tigera operator, which has settled on `Iptables` and written `Disabled`. */
export function operatorCalico(options: OperatorCalicoOptions): { value: CalicoSeen } {
  const { version, dataplane = 'Iptables', policySetupTimeoutSeconds: timeout } = options;
  const installation = installationSchema.parse({
    metadata: { name: 'default', generation: 3 },
    spec: {
      variant: 'Calico',
      calicoNetwork: {
        linuxDataplane: dataplane,
        ...(timeout === undefined ? {} : { linuxPolicySetupTimeoutSeconds: timeout }),
      },
    },
    status: { variant: 'Calico', calicoVersion: version },
  });
  const operator = options.operator ?? { settled: true, why: 'TigeraStatus calico is Available for generation 3' };
  return {
    value: { ...calico('operator', 'calico-system', { nftablesMode: 'Disabled', ...options }), installation, operator },
  };
}

function calico(
  install: CalicoSeen['install'],
  namespace: string,
  { version, nodes = ['cp-1', 'node-1', 'node-2', 'node-3'], felixLog = () => ipvsLog(), ...more }: CalicoOptions,
): CalicoSeen {
  return {
    install,
    namespace,
    version,
    daemonSet: more.daemonSet ?? daemonSet({ name: 'calico-node' }),
    nftablesMode: more.nftablesMode,
    felix: nodes.map((name) => felixOn(name, namespace, felixLog(name))),
  };
}

function felixOn(name: string, namespace: string, log: string[]): FelixOnNode {
  const pod = {
    name: `calico-node-${name}`,
    namespace,
    uid: `felix-${name}`,
    node: name,
    container: 'calico-node',
    terminating: false,
    running: true,
    ready: true,
    restarts: 0,
    image: '',
    trouble: undefined,
    rejected: undefined,
    ended: undefined,
  };
  return { pod, state: felixStateFromLog(log) };
}

const felixLine = (message: string) => `2025-11-22 15:15:43.981 [INFO][65] felix/daemon.go 132: ${message}`;
const started = (mode: NftablesMode, ...more: string[]) => [
  felixLine(`Successfully loaded configuration. config=&config.Config{NFTablesMode:"${mode}"} version="v3.31.7"`),
  felixLine('Using internal (linux) dataplane driver.'),
  ...more.map(felixLine),
  felixLine('Calculated iptables mark bits acceptMark=0x10000'),
  felixLine(`Parsed value for NFTablesMode: ${mode} (from datastore (global))`),
];

/** A Felix that started on an ipvs node, in iptables mode. */
export const ipvsLog = (): string[] =>
  started('Disabled', 'Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support.');
/** A Felix that started where kube-ipvs0 is not. */
export const logWithoutIpvs = (mode: NftablesMode): string[] => started(mode);
/** Felix 3.32 in `Auto`, with its decision. */
export const autoLog = (useNftables: boolean): string[] => [
  ...started('Auto'),
  felixLine(`Determined whether or not to use nftables calicoMode="Auto" useNftables=${useNftables}`),
];

/** An entry of clusters.yaml with its defaults; `rollout` may be changed. */
export function clusterEntry(rollout: Partial<ClusterEntry['rollout']> = {}): ClusterEntry {
  return {
    name: 'staging',
    kubeconfig: '/etc/proxyshift/staging.kubeconfig',
    context: 'staging',
    uid: '0f3c5a6e-1111-4222-8333-444455556666',
    approval: { approvers: ['oncall@example.com'], timeoutMs: 86_400_000, count: 1, require: 'named', gates: ['plan'] },
    rollout: {
      maxUnavailable: '10%',
      waveGrowth: 'double',
      strategy: 'waves',
      handover: 'restart',
      drainTimeoutMs: 300_000,
      canarySoakMs: 30_000,
      nodeTimeoutMs: 300_000,
      notReadyTimeoutMs: 300_000,
      failureBudget: 0,
      onFailure: 'rollback',
      soakMs: 120_000,
      ...rollout,
    },
    calico: { timeoutMs: 600_000 },
  };
}
