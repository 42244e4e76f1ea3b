import { z } from 'zod';
import type { WaveNode } from '../model/waves.ts';
import type { Cluster } from './connect.ts';
import { listObjects } from './objects.ts';

/** A Linux node, as far as a migration needs to know it. */
export interface LinuxNode extends WaveNode {
  /** `status.nodeInfo.kernelVersion`, such as `6.8.0-45-generic`. */
  kernel: string;
  /** Versions that the kubelet reports. */
  kubelet: string;
}

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
  spec: z.looseObject({ unschedulable: z.boolean().default(false) }).prefault({}),
  status: z.looseObject({
    conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    nodeInfo: z.looseObject({ kernelVersion: z.string(), kubeletVersion: z.string(), operatingSystem: z.string() }),
  }),
});

/** Every Linux node. Windows nodes run another kube-proxy (mode kernelspace) and are none of our business. */
export async function listLinuxNodes(cluster: Cluster): Promise<LinuxNode[]> {
  const nodes = await listObjects(cluster, { apiVersion: 'v1', plural: 'nodes' });
  return nodes
    .map((node) => nodeSchema.parse(node))
    .filter((node) => node.status.nodeInfo.operatingSystem === 'linux')
    .map((node) => ({
      name: node.metadata.name,
      controlPlane: 'node-role.kubernetes.io/control-plane' in node.metadata.labels,
      ready: node.status.conditions.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      schedulable: !node.spec.unschedulable,
      kernel: node.status.nodeInfo.kernelVersion,
      kubelet: node.status.nodeInfo.kubeletVersion,
    }));
}
