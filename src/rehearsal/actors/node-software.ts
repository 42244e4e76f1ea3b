import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { PROBE_APP, watchSelector } from '../../cluster/probe/labels.ts';
import { STANDBY_APP } from '../../cluster/standby/names.ts';
import type { ProxyMode } from '../../model/mode.ts';
import { PROBE_NAMESPACE } from '../../model/probe-steps.ts';
import { anyObjectSchema, type KubeApi, KubeApiError, type WatchEventType } from '../kube-api.ts';
import type { CalicoRelease } from '../objects/calico-version.ts';
import { type NodeSpec, nodeAddress } from '../objects/nodes.ts';
import type { Scenario } from '../scenarios.ts';
import type { RehearsalTiming } from '../timing.ts';
import { ContainerLogs } from './container-log.ts';
import { Felix } from './felix.ts';
import { FelixConfigurations } from './felix-configurations.ts';
import { NodeKernel } from './kernel.ts';
import { KubeProxy, type KubeProxyFate, type KubeProxyOptions } from './kube-proxy.ts';
import { NodeTraffic } from './node-traffic.ts';
import { type Pod, podSchema, reportContainer, reportSucceeded } from './pod.ts';
import { runProbe } from './probe.ts';
import { type CrashOptions, restartOnCrash } from './restart-on-crash.ts';
import { countIpvs, standbyFiles } from './standby.ts';

export interface NodeSoftwareOptions {
  api: KubeApi;
  scenario: Scenario;
  timing: RehearsalTiming;
  /** `undefined` where the cluster has no Calico. */
  release: CalicoRelease | undefined;
  /** Called with what must not go unseen; nothing here may throw into an event. */
  onError: (error: unknown) => void;
}

/** What is known of a simulated node from outside the cluster: what the tests may look at. */
export interface NodeView {
  name: string;
  kernelVersion: string;
  /** The mode whose rules are in the kernel, `undefined` before the first sync. */
  proxyMode: ProxyMode | undefined;
  /** Whether Felix programs nftables, `undefined` while it is starting or absent. */
  felixNftables: boolean | undefined;
  /** Whether Felix has started in eBPF mode. */
  felixBpf: boolean;
  /** Whether kube-ipvs0 is there: what ipvs mode leaves behind. */
  ipvsInterface: boolean;
  /** Whether the table `ip kube-proxy` is there. */
  nftablesTable: boolean;
  /** Pods beside the own ones that run on it for a hand-over. */
  standbys: string[];
  /** How often the node was without the rules of any mode. */
  outages: number;
  /** Connections that were cut when IPVS was flushed. */
  cutConnections: number;
}

interface SimulatedNode {
  spec: NodeSpec;
  kernel: NodeKernel;
  kubeProxy: KubeProxy | undefined;
  /** By the port that it listens on. */
  standbys: Map<number, KubeProxy>;
  felix: Felix | undefined;
  reachable: boolean;
  traffic: NodeTraffic;
}

interface RunningPod {
  pod: Pod;
  node: SimulatedNode;
  logs: ContainerLogs;
  /** Of its second container. */
  sideLogs: ContainerLogs;
  stop: AbortController;
  /** Of its container, by crashes and reboots. */
  restarts: number;
}

const configMapSchema = anyObjectSchema.extend({ data: z.record(z.string(), z.string()).optional() });

/** kube-proxy and Felix on every node: starts and stops them with their pods, and has them see each other's traces. */
export class NodeSoftware extends EventEmitter<{ change: []; synced: [node: string, mode: ProxyMode] }> {
  readonly #options: NodeSoftwareOptions;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #addresses = new Map<string, string>();
  readonly #pods = new Map<string, RunningPod>();
  readonly #felixConfigurations = new FelixConfigurations();
  /** The nodes that have started kube-proxy in nftables, in that order, once trouble may begin. */
  readonly #nftablesNodes: string[] = [];
  /** Scenario `felix-fails`: the node that it has hit. */
  #failingFelix: string | undefined;
  /** Once trouble may begin. */
  #firstInNftables: string | undefined;
  #armed = false;

  constructor(options: NodeSoftwareOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
  }

  /** Makes a node known; its pods start once the API server has it. */
  addNode(spec: NodeSpec): void {
    const kernel = new NodeKernel(spec.kernel, this.#options.timing.connectionMs);
    const nothing = { kubeProxy: undefined, standbys: new Map(), felix: undefined };
    const otherwise = () => node.felix?.runsBpf === true || node.kubeProxy?.syncedMode === 'iptables';
    const traffic = new NodeTraffic(kernel, otherwise);
    const node: SimulatedNode = { spec, kernel, ...nothing, reachable: true, traffic };
    this.#nodes.set(spec.name, node);
    this.#addresses.set(nodeAddress(spec.index), spec.name);
  }

  /** A node that was switched off for good: everything on it stops. */
  removeNode(name: string): void {
    for (const running of this.#pods.values()) {
      if (running.node.spec.name !== name) continue;
      running.stop.abort();
      running.logs.current.end();
    }
    const node = this.#nodes.get(name);
    if (node) this.#addresses.delete(nodeAddress(node.spec.index));
    this.#nodes.delete(name);
    this.emit('change');
  }

  /** From now on the scenario's failures happen; before, the cluster is only being set up. */
  arm(): void {
    this.#armed = true;
  }

  /** The scenario's failures are over: what starts from now on works. */
  disarm(): void {
    this.#armed = false;
  }

  /** Starts and stops what runs in the pods, until `signal` aborts. */
  async followPods(signal: AbortSignal): Promise<void> {
    await this.#options.api.follow(
      '/api/v1/pods',
      podSchema,
      { labelSelector: 'k8s-app in (kube-proxy,kube-proxy-standby,calico-node)' },
      (type, pod) => this.#onPod(type, pod, signal),
      signal,
    );
  }

  /** Starts and stops what measures traffic, until `signal` aborts. */
  async followProbes(signal: AbortSignal): Promise<void> {
    const query = { labelSelector: watchSelector };
    await this.#options.api.follow(
      `/api/v1/namespaces/${PROBE_NAMESPACE}/pods`,
      podSchema,
      query,
      (type, pod) => this.#onPod(type, pod, signal),
      signal,
    );
  }

  /** Tells each Felix of its configuration, until `signal` aborts. */
  async followFelixConfigurations(signal: AbortSignal): Promise<void> {
    const onChange = (concerns: (node: string) => boolean) => {
      for (const { spec, felix } of this.#nodes.values()) if (concerns(spec.name)) felix?.settingsChanged();
    };
    await this.#felixConfigurations.follow(this.#options.api, onChange, signal);
  }

  nodes(): NodeView[] {
    return [...this.#nodes.values()].map(({ spec, kernel, kubeProxy, felix }) => ({
      name: spec.name,
      kernelVersion: kernel.version,
      proxyMode: kubeProxy?.syncedMode,
      felixNftables: felix?.useNftables,
      felixBpf: felix?.runsBpf ?? false,
      ipvsInterface: kernel.ipvsInterface,
      nftablesTable: kernel.nftablesTable,
      standbys: this.#standbysOf(spec.name),
      outages: kernel.outages,
      cutConnections: kernel.cutConnections,
    }));
  }

  #standbysOf(node: string): string[] {
    const there = [...this.#pods.values()].filter(({ stop }) => !stop.signal.aborted);
    return there
      .filter(({ pod, node: { spec } }) => spec.name === node && pod.metadata.labels?.['k8s-app'] === STANDBY_APP)
      .map(({ pod }) => pod.metadata.name);
  }

  /** Whether each node's kube-proxy has synced, or eBPF is in its place, and each node's Felix is up. */
  get settled(): boolean {
    return this.nodes().every(
      (node) =>
        (node.proxyMode !== undefined || node.felixBpf) && (!this.#options.release || node.felixNftables !== undefined),
    );
  }

  /**
   * What a reboot does on a node: every process dies, what kube-proxy left in the kernel is gone, and the kubelet starts the
   * containers of its pods again. Resolves when it has reported a new boot ID.
   */
  async reboot(name: string, signal: AbortSignal): Promise<void> {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new KubeApiError(404, `there is no node ${name}`);
    const running = [...this.#pods.values()].filter((pod) => pod.node === node && !pod.stop.signal.aborted);
    for (const pod of running) pod.stop.abort();
    node.kernel.reboot();
    await this.#options.api.mergePatch(
      `/api/v1/nodes/${name}/status`,
      { status: { nodeInfo: { bootID: randomUUID() } } },
      'kubelet',
      signal,
    );
    for (const pod of running) {
      const { name: podName, namespace } = pod.pod.metadata;
      // Deleted, or replaced, while the node was down.
      if (this.#pods.get(`${namespace}/${podName}`) !== pod) continue;
      pod.restarts += 1;
      pod.stop = new AbortController();
      pod.logs.restart();
      this.#start(pod, signal);
      const state = { restarts: pod.restarts, running: true, lastExitCode: 255 };
      await reportContainer(this.#options.api, pod.pod, state, signal);
    }
  }

  nodeAt(address: string): string | undefined {
    return this.#addresses.get(address);
  }

  reachable(node: string): boolean {
    return this.#nodes.get(node)?.reachable ?? false;
  }

  /** Cuts the API server's way to a node's kubelet, or restores it: logs and port-forwards then fail. */
  setReachable(node: string, reachable: boolean): void {
    const known = this.#nodes.get(node);
    if (known) known.reachable = reachable;
  }

  logsOf(namespace: string, pod: string, container: string): ContainerLogs | undefined {
    const running = this.#pods.get(`${namespace}/${pod}`);
    const [main, side] = running?.pod.spec.containers ?? [];
    if (main?.name === container) return running?.logs;
    return side?.name === container ? running?.sideLogs : undefined;
  }

  /** Forgets what the present run of a node's kube-proxy or Felix has logged, as log rotation does. */
  rotateLog(node: string, container: 'kube-proxy' | 'calico-node'): void {
    for (const running of this.#pods.values()) {
      if (running.node.spec.name === node && running.pod.spec.containers[0]?.name === container)
        running.logs.current.rotate();
    }
  }

  /** 127.0.0.1 of a pod on the host's network is the node's: any such pod leads to its kube-proxy. */
  connect(namespace: string, pod: string, port: number, connection: Duplex): boolean {
    const running = this.#pods.get(`${namespace}/${pod}`);
    if (!running?.pod.spec.hostNetwork) return false;
    const { kubeProxy, standbys } = running.node;
    return (port === 10249 ? kubeProxy : standbys.get(port))?.accept(connection) ?? false;
  }

  #onPod(type: WatchEventType, pod: Pod, signal: AbortSignal): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const running = this.#pods.get(key);
    if (
      running &&
      (type === 'DELETED' || pod.metadata.deletionTimestamp || running.pod.metadata.uid !== pod.metadata.uid)
    ) {
      running.stop.abort();
      running.logs.current.end();
      running.sideLogs.current.end();
      if (type === 'DELETED') this.#pods.delete(key);
    }
    const node = this.#nodes.get(pod.spec.nodeName ?? '');
    const isNew = running === undefined || running.pod.metadata.uid !== pod.metadata.uid;
    if (type === 'DELETED' || pod.metadata.deletionTimestamp || pod.status?.phase !== 'Running' || !node || !isNew)
      return;
    const logs = { logs: new ContainerLogs(), sideLogs: new ContainerLogs() };
    const started: RunningPod = { pod, node, ...logs, stop: new AbortController(), restarts: 0 };
    this.#pods.set(key, started);
    this.#start(started, signal);
  }

  #start(started: RunningPod, signal: AbortSignal): void {
    const { pod } = started;
    const until = AbortSignal.any([signal, started.stop.signal]);
    this.#program(pod.metadata.labels ?? {})(started, until).catch((error) => {
      if (!until.aborted) this.#options.onError(error);
    });
  }

  #program(labels: Record<string, string>): (started: RunningPod, signal: AbortSignal) => Promise<void> {
    const app = labels['k8s-app'];
    if (labels['app.kubernetes.io/name'] === PROBE_APP) return (started, signal) => this.#runProbe(started, signal);
    if (app === 'kube-proxy') return (started, signal) => this.#runKubeProxy(started, signal);
    if (app === STANDBY_APP) return (started, signal) => this.#runStandby(started, signal);
    return (started, signal) => this.#runFelix(started, signal);
  }

  /** The node's own kube-proxy. */
  async #runKubeProxy(running: RunningPod, signal: AbortSignal): Promise<void> {
    const { node } = running;
    await restartOnCrash(running, this.#crashOptions(signal), async () => {
      const kubeProxy = new KubeProxy({
        ...this.#proxyOptions(running),
        config: await this.#readConfig(signal),
        onSynced: (mode) => {
          this.#onSynced(node, mode);
          this.emit('synced', node.spec.name, mode);
          this.emit('change');
        },
      });
      node.kubeProxy = kubeProxy;
      const lastExitCode = await kubeProxy.run(signal);
      if (node.kubeProxy === kubeProxy) node.kubeProxy = undefined;
      this.emit('change');
      return { lastExitCode, over: false };
    });
  }

  async #runProbe({ pod, node, logs }: RunningPod, signal: AbortSignal): Promise<void> {
    const stalls = () => this.#options.scenario.probeStalls === true && node.spec.name === this.#firstInNftables;
    await runProbe(pod, { traffic: node.traffic, log: logs.current, stalls }, signal);
  }

  /** The scenarios that hit the first node that has synced in nftables. */
  #onSynced(node: SimulatedNode, mode: ProxyMode): void {
    node.traffic.look();
    if (!this.#armed || mode !== 'nftables' || this.#firstInNftables !== undefined) return;
    this.#firstInNftables = node.spec.name;
    if (this.#options.scenario.losesTraffic) node.traffic.block(this.#options.timing.lossMs);
  }

  /** A second kube-proxy on the node, with files of its own. */
  async #runStandby(running: RunningPod, signal: AbortSignal): Promise<void> {
    const { node, pod, sideLogs } = running;
    const { config, port, tools, cleanup } = standbyFiles(pod);
    if (!cleanup) {
      const everyMs = this.#options.timing.countMs;
      countIpvs(node.kernel, sideLogs.current, { everyMs, signal }).catch((error) => {
        if (!signal.aborted) this.#options.onError(error);
      });
    }
    await restartOnCrash(running, this.#crashOptions(signal), async () => {
      const onSynced = () => undefined;
      const options = this.#proxyOptions(running);
      const spared = this.#options.scenario.failure?.sparesStandbys === true;
      const fate = spared ? () => 'syncs' as const : options.fate;
      const standby = new KubeProxy({ ...options, fate, config, tools, cleanup, onSynced });
      // A port that is taken stays with who has it; kube-proxy goes on without (serveMetrics in cmd/kube-proxy/app/server.go).
      if (!cleanup && !node.standbys.has(port)) node.standbys.set(port, standby);
      const lastExitCode = await standby.run(signal);
      if (node.standbys.get(port) === standby) node.standbys.delete(port);
      return { lastExitCode, over: cleanup && lastExitCode === 0 };
    });
    if (!signal.aborted) await reportSucceeded(this.#options.api, pod, signal);
  }

  #proxyOptions({ node, logs }: RunningPod): Omit<KubeProxyOptions, 'config' | 'onSynced'> {
    const { timing, scenario } = this.#options;
    return {
      nodeAddress: nodeAddress(node.spec.index),
      kernel: node.kernel,
      log: logs.current,
      fate: (mode) => this.#fateOf(node.spec.name, mode),
      firstSyncMs: timing.firstSyncMs + (scenario.slow?.(node.spec.index) ? timing.slowSyncMs : 0),
      timing,
    };
  }

  #crashOptions(signal: AbortSignal): CrashOptions {
    const { api, timing } = this.#options;
    return { api, backoffMs: timing.crashBackoffMs, signal };
  }

  async #runFelix(running: RunningPod, signal: AbortSignal): Promise<void> {
    const { release, timing } = this.#options;
    const { node, pod, logs } = running;
    if (!release) return;
    const environment = pod.spec.containers[0]?.env?.find((entry) => entry.name === 'FELIX_NFTABLESMODE')?.value;
    const felix = new Felix({
      release,
      bpfEnabled: () => this.#felixConfigurations.bpfEnabled,
      kernel: node.kernel,
      log: logs.current,
      timing,
      settings: () => this.#felixConfigurations.of(node.spec.name, environment),
      fails: () => this.#felixFails(node.spec.name),
      onStarted: () => {
        node.traffic.look();
        this.emit('change');
      },
    });
    node.felix = felix;
    await felix.run(signal);
    if (node.felix === felix) node.felix = undefined;
    this.emit('change');
  }

  /** The ConfigMap as a kubelet mounts it for a container that starts now; while there is none, the container waits. */
  async #readConfig(signal: AbortSignal): Promise<string> {
    const path = '/api/v1/namespaces/kube-system/configmaps';
    const configMap = await this.#options.api.waitFor(path, 'kube-proxy', configMapSchema, () => true, signal);
    return configMap.data?.['config.conf'] ?? '';
  }

  #fateOf(node: string, mode: ProxyMode): KubeProxyFate {
    const { failure } = this.#options.scenario;
    if (!this.#armed || mode !== 'nftables' || !failure) return 'syncs';
    if (!this.#nftablesNodes.includes(node)) this.#nftablesNodes.push(node);
    return this.#nftablesNodes[failure.at(this.#nodes.size)] === node ? failure.kind : 'syncs';
  }

  #felixFails(node: string): boolean {
    if (!this.#armed || !this.#options.scenario.felixFails) return false;
    this.#failingFelix ??= node;
    return this.#failingFelix === node;
  }
}
