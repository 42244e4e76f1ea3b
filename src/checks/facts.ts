import type { CalicoFacts } from '../cluster/calico/detect.ts';
import type { FelixOnNode } from '../cluster/calico/felix.ts';
import type { TigeraStatusHealth } from '../cluster/calico/installation-schema.ts';
import type { DaemonSet } from '../cluster/daemon-sets.ts';
import type { ProxyConfigSummary } from '../cluster/kube-proxy/config-edit.ts';
import type { ProxyConfigMap } from '../cluster/kube-proxy/config-map.ts';
import type { ClusterNode, LinuxNode } from '../cluster/nodes.ts';
import type { ObjectRef, PlainObject, ResourceRef } from '../cluster/objects.ts';
import type { Permission } from '../cluster/permissions.ts';
import type { ServerAddress } from '../cluster/server-address.ts';
import type { ServiceFacts } from '../cluster/services.ts';
import type { Amounts } from '../cluster/standby/room.ts';
import type { SystemPod } from '../cluster/system-pods.ts';
import type { ProxyProof } from '../model/node-proof.ts';
import type { Handover } from '../model/plan.ts';
import type { ProbePlan } from '../model/probe-plan.ts';

/**
 * What the checks judge and the plan is made of. Each is read when it is first asked for, and once: whoever asks again gets
 * the same answer, or the same error. Nothing is written.
 *
 * Each throws what reading throws: `Failure`, or a ZodError where the cluster holds something that nobody expected.
 */
export interface ClusterFacts {
  /** Name in clusters.yaml, uid of the namespace kube-system. */
  identity: { name: string; uid: string };
  /** Who holds the lock and is taken for gone, as the requester named it. */
  takeOverLock?: string | undefined;
  /** How clusters.yaml asks for nodes to be handed over. */
  handover?: Handover | undefined;
  /** The probe that clusters.yaml asks for. */
  probe?: ProbePlan | undefined;
  /** Cancels every read. */
  signal: AbortSignal | undefined;
  /** Address of the API server, as the kubeconfig of the worker has it; empty for an export. */
  server: string;
  /** The same, taken apart and resolved. @throws Failure `Invalid` for an export */
  serverAddress: () => Promise<ServerAddress>;
  /** Who the worker is to the API server; undefined where that is too old to say. */
  userName: () => Promise<string | undefined>;
  /** `gitVersion` of the API server, such as `v1.35.4`. */
  kubernetesVersion: () => Promise<string>;
  /** API groups with their versions, CRDs included. */
  apiGroups: () => Promise<ReadonlyMap<string, readonly string[]>>;
  /** Every node, Windows and virtual ones too, sorted by name. */
  allNodes: () => Promise<ClusterNode[]>;
  /** The nodes on which the kube-proxy that is migrated runs. */
  nodes: () => Promise<LinuxNode[]>;
  /** DaemonSets of all namespaces. */
  daemonSets: () => Promise<DaemonSet[]>;
  systemPods: () => Promise<SystemPod[]>;
  services: () => Promise<ServiceFacts[]>;
  /** Number of endpoints in all EndpointSlices. */
  endpoints: () => Promise<number>;
  /** @throws Failure `Invalid` where there is no ConfigMap kube-proxy with a `config.conf` that can be read */
  proxyConfig: () => Promise<{ configMap: ProxyConfigMap; summary: ProxyConfigSummary }>;
  /** DaemonSet kube-system/kube-proxy. */
  proxyDaemonSet: () => Promise<DaemonSet | undefined>;
  /** Nodes whose kube-proxy and Felix are looked at: all, or a sample. */
  observedNodes: () => Promise<LinuxNode[]>;
  /** kube-proxy as seen on the observed nodes; empty where there is no DaemonSet. */
  proxies: () => Promise<ProxyProof[]>;
  /** Undefined: the cluster has no Calico. */
  calico: () => Promise<CalicoFacts | undefined>;
  /** Every pod of the namespace of DaemonSet calico-node; empty without Calico. */
  calicoPods: () => Promise<SystemPod[]>;
  /** What the log of Felix says on the observed nodes; empty without Calico. */
  felix: () => Promise<FelixOnNode[]>;
  /** What the operator says of the Installation as it is now; undefined without an operator. */
  tigeraStatus: () => Promise<TigeraStatusHealth | undefined>;
  /** Which of these the worker may not do, asked one by one; each is asked once. */
  missing: (permissions: readonly Permission[]) => Promise<Permission[]>;
  /** Why the API server would not take a stand-by for a node, asked by a dry run; undefined: it would. */
  standbyRefusal: () => Promise<string | undefined>;
  /** `spec` of a node's stand-by; undefined where there is no kube-proxy. @throws Failure `Invalid` where none can be made */
  standbySpec: () => Promise<unknown>;
  /** Why the API server would not take the probe, asked by dry runs; undefined: it would, or none is asked for. */
  probeRefusal: () => Promise<string | undefined>;
  /** What the pods of all namespaces ask of their nodes. Long. */
  podRequests: () => Promise<ReadonlyMap<string, Amounts>>;
  /** One object; undefined where it, or its CRD, is not there. */
  object: (ref: ObjectRef) => Promise<PlainObject | undefined>;
  /** A list that is not long, in one namespace or in all. Empty where its CRD is not there. */
  objects: (resource: ResourceRef) => Promise<PlainObject[]>;
}
