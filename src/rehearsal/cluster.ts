import { randomBytes } from 'node:crypto';
import { Failure } from '../model/failure.ts';
import type { ProxyMode } from '../model/mode.ts';
import { FullNode } from './actors/full-node.ts';
import { startNodeNetwork } from './actors/node-network.ts';
import { NodeSoftware, type NodeView } from './actors/node-software.ts';
import { TigeraOperator } from './actors/tigera-operator.ts';
import { type AuditCount, type AuditWrite, countRequests, readAuditWrites } from './audit.ts';
import { type ControlPlane, type ControlPlaneBinaries, startControlPlane } from './control-plane.ts';
import { calicoCrds } from './crds.ts';
import { joinOnce } from './join-once.ts';
import { anyObjectSchema, KubeApi, type NewObject } from './kube-api.ts';
import { nodeReadiness } from './node-readiness.ts';
import { type InitialDataplane, manifestObjects, operatorObjects } from './objects/calico.ts';
import { type CalicoInstall, type CalicoVersion, calicoReleases } from './objects/calico-version.ts';
import { kubeProxyObjects } from './objects/kube-proxy.ts';
import { type NodeSpec, nodeObject, planNodes } from './objects/nodes.ts';
import { workloadObjects } from './objects/workloads.ts';
import { createCrds, daemonSetReady, deploymentsAvailable, operatorAvailable, settled } from './readiness.ts';
import { type Scenario, type ScenarioName, scenarios } from './scenarios.ts';
import { type RehearsalTiming, rehearsalTiming } from './timing.ts';
import { createWorkerKubeconfig, type OptionalRole } from './worker-access.ts';

export interface RehearsalOptions {
  /** Part of the context's name; by default random. */
  name?: string;
  /** With the control-plane node; 12 by default. */
  nodes?: number;
  /** `operator` by default. */
  calico?: CalicoInstall;
  /** `3.31` by default. */
  calicoVersion?: CalicoVersion;
  /** `healthy` by default. */
  scenario?: ScenarioName;
  /** The mode that kube-proxy starts in; `ipvs` by default. */
  kubeProxyMode?: ProxyMode;
  /** The dataplane that Calico starts with; `Iptables` by default. With `nftables` above: a migrated cluster. */
  calicoDataplane?: InitialDataplane;
  /** What the worker may do beside what every run needs. Default nothing. */
  also?: readonly OptionalRole[];
  /** Paths by name, from `resolveBinaries(controlPlaneBinaries)`. */
  binaries: ControlPlaneBinaries;
  timing?: Partial<RehearsalTiming>;
  /** One line at a time. */
  onProgress?: (line: string) => void;
  /** Aborting gives up the start; nothing is left behind. */
  signal?: AbortSignal;
  /** Called with errors of the simulated software; by default they become warnings of the process. */
  onError?: (error: unknown) => void;
}

/** A running rehearsal cluster. Its nodes live in this process: they stop answering when it ends. */
export interface RehearsalCluster extends AsyncDisposable {
  readonly name: string;
  /** Of namespace kube-system: what identifies a cluster. */
  readonly uid: string;
  /** With all permissions. */
  readonly kubeconfigPath: string;
  readonly context: string;
  /** Applies `deploy/rbac.yaml`; returns the path of a kubeconfig for its ServiceAccount, with the same context name. */
  workerKubeconfig(): Promise<string>;
  /** The writes that the API server has seen, oldest first: of everybody, or of one user (`workerUser`). */
  auditWrites(user?: string): Promise<AuditWrite[]>;
  /** Requests by user, verb and resource. */
  requests(): Promise<AuditCount[]>;
  /** What runs on the nodes, as seen from outside the cluster. */
  nodes(): NodeView[];
  /** Resolves when every kube-proxy has synced and every Felix is up. */
  settled(signal?: AbortSignal): Promise<void>;
  /** Creates one more worker node; resolves with its name when the API server has it. */
  addNode(): Promise<string>;
  /** Deletes a node, as a scale-down does; what ran on it is gone with it. */
  removeNode(node: string): Promise<void>;
  /** Reports a node as Ready or not, as the node lifecycle controller does for one whose kubelet is silent. */
  setNodeReady(node: string, ready: boolean): Promise<void>;
  /** The trouble of the scenario is over: what starts from now on works. */
  heal(): void;
  /** Reboots a node: its kernel forgets, its containers start again, its boot ID is another one. */
  rebootNode(node: string): Promise<void>;
  /** Cuts, or restores, the API server's way to a node's kubelet: its logs and port-forwards then fail. */
  setKubeletReachable(node: string, reachable: boolean): void;
  /** Forgets a container's log so far, as log rotation does. */
  rotateLog(node: string, container: 'kube-proxy' | 'calico-node'): void;
  /** Stops, or restarts, the Tigera operator, as if its process had died. */
  setOperatorPaused(paused: boolean): void;
  /** Ends every process and removes every file. Safe to call again. */
  close(): Promise<void>;
}

/** How long the nodes may take to come up: for a thousand of them on two cores, with room. */
const startDeadlineMs = 900_000;

/**
 * Starts a real control plane with simulated nodes, and resolves when every kube-proxy and calico-node is Ready, has
 * synced, and its DaemonSet says so.
 *
 * Several clusters can run at once. None touches `~/.kube/config` or the clusters of kwokctl itself.
 *
 * @throws Failure `Unhealthy` where the cluster does not come up; nothing is left behind then
 * @example
 * const binaries = await resolveBinaries(controlPlaneBinaries);
 * await using cluster = await createRehearsalCluster({ binaries, scenario: 'canary-crashes' });
 */
export async function createRehearsalCluster(options: RehearsalOptions): Promise<RehearsalCluster> {
  const { nodes: count = 12, onProgress = () => undefined, signal } = options;
  if (!Number.isInteger(count) || count < 2 || count > 5_000) {
    throw new Failure('Refused', `a rehearsal cluster has 2 to 5000 nodes, not ${count}`, { hint: 'Try --nodes 12.' });
  }
  const name = options.name ?? `rehearsal-${randomBytes(3).toString('hex')}`;
  const timing = { ...rehearsalTiming, ...options.timing };
  onProgress(`starting a control plane for cluster ${name}`);
  const { calico = 'operator', calicoVersion = '3.31' } = options;
  // Parsing 1.5 MB of YAML takes a second: while the control plane starts, it costs nothing.
  const reading = calico === 'none' ? Promise.resolve([]) : calicoCrds(calicoVersion, calico);
  const [started, crds] = await Promise.allSettled([
    startControlPlane({ name, binaries: options.binaries, timing, fullNode: fullNodeOf(options, count), signal }),
    reading,
  ]);
  if (started.status === 'rejected') throw started.reason;
  const plane = started.value;
  const closers: (() => Promise<void>)[] = [() => plane.close()];
  try {
    if (crds.status === 'rejected') throw crds.reason;
    return await bringUp(options, { name, count, timing, plane, crds: crds.value, closers });
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** Scenario `full-node`: the last worker. */
function fullNodeOf({ scenario = 'healthy' }: RehearsalOptions, count: number): string | undefined {
  return scenarios[scenario].fullNode && lastOf(planNodes(count)).name;
}

interface Beginning {
  name: string;
  count: number;
  timing: RehearsalTiming;
  plane: ControlPlane;
  crds: NewObject[];
  /** Run last to first by close(); each step of the start adds its own. */
  closers: (() => Promise<void>)[];
}

async function bringUp(options: RehearsalOptions, begun: Beginning): Promise<RehearsalCluster> {
  const { onProgress = () => undefined, calico = 'operator', kubeProxyMode = 'ipvs' } = options;
  const { name, count, timing, plane, crds, closers } = begun;
  const scenario: Scenario = scenarios[options.scenario ?? 'healthy'];
  const version = options.calicoVersion ?? '3.31';
  const release = calico === 'none' ? undefined : calicoReleases[version];
  const stopped = new AbortController();
  const deadline = AbortSignal.any([
    stopped.signal,
    AbortSignal.timeout(startDeadlineMs),
    ...(options.signal ? [options.signal] : []),
  ]);
  const onError = (error: unknown) => {
    if (stopped.signal.aborted) return;
    if (options.onError) options.onError(error);
    else process.emitWarning(error instanceof Error ? error : String(error));
  };

  const api = await KubeApi.fromPki(plane.server, plane.pkiDir);
  closers.push(() => api.close());
  const software = new NodeSoftware({ api, scenario, timing, release, onError });
  const network = await startNodeNetwork({
    socketPath: plane.nodeNetworkSocket,
    pkiDir: plane.pkiDir,
    nodeAt: (address) => software.nodeAt(address),
    reachable: (node) => software.reachable(node),
    logsOf: (...container) => software.logsOf(...container),
    connect: (...target) => software.connect(...target),
  });
  closers.push(() => network.close());

  onProgress(`creating ${count} nodes${release ? ` with Calico ${release.calico} (${calico} install)` : ''}`);
  const nodes = planNodes(count, scenario.oldKernel);
  for (const node of nodes) software.addNode(node);
  const running: Promise<void>[] = [];
  closers.push(async () => {
    stopped.abort();
    await Promise.all(running);
  });

  const fullNodeName = fullNodeOf(options, count);
  const fullNode = fullNodeName === undefined ? undefined : new FullNode(api, fullNodeName, onError);
  if (fullNode) running.push(fullNode.run(stopped.signal));

  const dataplane = options.calicoDataplane ?? 'Iptables';
  const operator =
    release && calico === 'operator'
      ? new TigeraOperator({
          api: api.asServiceAccount('tigera-operator', 'tigera-operator'),
          release,
          scenario,
          timing,
          onError,
        })
      : undefined;
  const installCalico = async () => {
    if (!release || calico === 'none') return;
    await createCrds(api, crds, deadline);
    const objects = calico === 'operator' ? operatorObjects(release, dataplane) : manifestObjects(release, dataplane);
    await api.createAll(objects, calico === 'operator' ? 'operator' : 'kubectl', deadline, 1);
    running.push(software.followFelixConfigurations(stopped.signal));
    if (operator) running.push(operator.run(stopped.signal));
  };
  const registerNodes = async () => {
    running.push(software.followPods(stopped.signal), software.followProbes(stopped.signal));
    await api.createAll(kubeProxyObjects(kubeProxyMode, plane.server), 'kubeadm', deadline, 1);
    await api.createAll(
      nodes.map((node) => nodeObject(node, new Date())),
      'kubelet',
      deadline,
    );
    await api.createAll(workloadObjects(), 'kubectl', deadline, 1);
  };
  await Promise.all([installCalico(), registerNodes()]);

  onProgress('waiting for kube-proxy and calico-node on every node');
  const daemonSets = ['kube-system/kube-proxy'];
  if (release) daemonSets.push(calico === 'operator' ? 'calico-system/calico-node' : 'kube-system/calico-node');
  await Promise.all(daemonSets.map((daemonSet) => daemonSetReady(api, daemonSet, count, deadline)));
  await settled(software, deadline);
  await deploymentsAvailable(api, deadline);
  if (operator) await operatorAvailable(api, deadline);
  await fullNode?.fill(deadline);
  software.arm();

  const addNode = async (): Promise<string> => {
    const node: NodeSpec = {
      ...lastOf(planNodes(nodes.length + 1)),
      name: `node-${String(nodes.length).padStart(Math.max(2, String(count).length), '0')}`,
    };
    nodes.push(node);
    software.addNode(node);
    await api.create(nodeObject(node, new Date()), 'kubelet', stopped.signal);
    return node.name;
  };
  if (scenario.nodeJoins) joinOnce(software, addNode, timing, stopped.signal, onError);

  const namespace = await api.call('GET', '/api/v1/namespaces/kube-system', { signal: deadline });
  let worker: Promise<string> | undefined;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= closeAll(closers);
    return closing;
  };
  onProgress(`cluster ${name} is ready`);
  return {
    name,
    uid: anyObjectSchema.parse(namespace).metadata.uid ?? '',
    kubeconfigPath: plane.kubeconfigPath,
    context: plane.context,
    workerKubeconfig: () => {
      worker ??= createWorkerKubeconfig({
        api,
        calico,
        also: options.also ?? [],
        directory: plane.directory,
        pkiDir: plane.pkiDir,
        context: plane.context,
        signal: stopped.signal,
      });
      return worker;
    },
    auditWrites: (user) => readAuditWrites(plane.auditLogPath, user),
    requests: () => countRequests(plane.auditLogPath),
    nodes: () => software.nodes(),
    settled: (signal) => settled(software, signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal),
    addNode,
    removeNode: async (node) => {
      software.removeNode(node);
      await api.call('DELETE', `/api/v1/nodes/${node}`, { signal: stopped.signal });
    },
    setNodeReady: async (node, ready) => {
      software.setReachable(node, ready);
      await api.call('PATCH', `/api/v1/nodes/${node}/status`, nodeReadiness(ready, stopped.signal));
    },
    heal: () => software.disarm(),
    rebootNode: (node) => software.reboot(node, stopped.signal),
    setKubeletReachable: (node, reachable) => software.setReachable(node, reachable),
    rotateLog: (node, container) => software.rotateLog(node, container),
    setOperatorPaused: (paused) => operator?.setPaused(paused),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Runs every closer, last to first, whatever the others do. */
async function closeAll(closers: (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const closer of closers.splice(0).reverse()) {
    await closer().catch((error: unknown) => errors.push(error));
  }
  if (errors.length > 0) throw new AggregateError(errors, 'the rehearsal cluster could not be removed entirely');
}

function lastOf(nodes: NodeSpec[]): NodeSpec {
  const last = nodes.at(-1);
  if (!last) throw new Failure('Invalid', 'there is no node');
  return last;
}
