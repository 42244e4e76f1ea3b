import { z } from 'zod';
import { byName, type WaveNode } from '../model/waves.ts';
import type { Cluster } from './connect.ts';
import { mapObjects, type PlainObject } from './objects.ts';

/** A node, as far as a migration and its checks need to know it. */
export interface ClusterNode extends Pick<WaveNode, 'name' | 'controlPlane' | 'ready' | 'schedulable'> {
  /** `linux` or `windows`. */
  os: string;
  /** `status.nodeInfo.osImage`, such as `Ubuntu 24.04.3 LTS`. */
  osImage: string;
  /** `status.nodeInfo.kernelVersion`, such as `6.8.0-45-generic`. */
  kernel: string;
  /** Version that the kubelet reports. */
  kubelet: string;
  /** No machine runs behind it (virtual-kubelet, AWS Fargate): DaemonSets have no pod there. */
  virtual: boolean;
  /** `spec.providerID`, such as `aws:///eu-west-1a/i-0123`. */
  providerID: string | undefined;
  labels: Readonly<Record<string, string>>;
  /** Names of its annotations; their values can be large. */
  annotationKeys: readonly string[];
  /** Keys of its taints. */
  taintKeys: readonly string[];
  /** IP addresses and host names of `status.addresses`. */
  addresses: readonly string[];
  /** `status.allocatable`, as quantities: `cpu: 7910m`, `pods: 110`. */
  allocatable: Readonly<Record<string, string>>;
}

/** A node on which kube-proxy of the DaemonSet runs. */
export type LinuxNode = ClusterNode;

const nodeSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.unknown()).default({}),
  }),
  spec: z
    .looseObject({
      unschedulable: z.boolean().default(false),
      providerID: z.string().optional(),
      taints: z.array(z.looseObject({ key: z.string() })).default([]),
    })
    .prefault({}),
  status: z.looseObject({
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    addresses: z.array(z.looseObject({ address: z.string() })).default([]),
    allocatable: z.record(z.string(), z.string()).default({}),
    nodeInfo: z.looseObject({
      kernelVersion: z.string(),
      kubeletVersion: z.string(),
      operatingSystem: z.string(),
      osImage: z.string().default(''),
    }),
  }),
});

/** @throws ZodError where it is none */
export function parseNode(object: PlainObject): ClusterNode {
  const { metadata, spec, status } = nodeSchema.parse(object);
  const { labels, annotations } = metadata;
  return {
    name: metadata.name,
    controlPlane: 'node-role.kubernetes.io/control-plane' in labels,
    ready: status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
    schedulable: !spec.unschedulable,
    os: status.nodeInfo.operatingSystem,
    osImage: status.nodeInfo.osImage,
    kernel: status.nodeInfo.kernelVersion,
    kubelet: status.nodeInfo.kubeletVersion,
    virtual: isVirtual(labels, spec.taints),
    providerID: spec.providerID,
    labels,
    annotationKeys: Object.keys(annotations),
    taintKeys: spec.taints.map(({ key }) => key),
    addresses: status.addresses.map(({ address }) => address),
    allocatable: status.allocatable,
  };
}

/** Labels and taints as virtual-kubelet (`node/` and its Helm charts) and EKS for AWS Fargate set them. */
function isVirtual(labels: Readonly<Record<string, string>>, taints: readonly { key: string }[]): boolean {
  return (
    labels.type === 'virtual-kubelet' ||
    labels['eks.amazonaws.com/compute-type'] === 'fargate' ||
    taints.some(({ key }) => key === 'virtual-kubelet.io/provider')
  );
}

/** Every node, Windows and virtual ones too, sorted by name. */
export async function listNodes(cluster: Cluster): Promise<ClusterNode[]> {
  return (await mapObjects(cluster, { apiVersion: 'v1', plural: 'nodes' }, parseNode)).sort(byName);
}

/** Whether the kube-proxy that is migrated runs there. On Windows it is another one (mode kernelspace). */
export function runsProxy(node: ClusterNode): node is LinuxNode {
  return node.os === 'linux' && !node.virtual;
}

/** Every node on which the kube-proxy that is migrated runs. */
export async function listLinuxNodes(cluster: Cluster): Promise<LinuxNode[]> {
  return (await listNodes(cluster)).filter(runsProxy);
}
