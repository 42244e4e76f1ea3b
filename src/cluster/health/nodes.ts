import { z } from 'zod';
import type { Cluster } from '../connect.ts';
import { mapObjects, type PlainObject } from '../objects.ts';

/** A node, as far as its health is concerned. */
export interface NodeHealth {
  name: string;
  /** `NotReady: Kubelet stopped posting node status`; absent where it is Ready. */
  trouble?: string;
  /** When it was made (ms since the epoch); 0 where that is not known. */
  createdAt: number;
}

const nodeSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), creationTimestamp: z.string().nullish() }),
  status: z
    .looseObject({
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([]),
    })
    .prefault({}),
});

/** @throws ZodError where it is none */
export function parseNodeHealth(object: PlainObject): NodeHealth {
  const { metadata, status } = nodeSchema.parse(object);
  const condition = status.conditions.find(({ type }) => type === 'Ready');
  const node = { name: metadata.name, createdAt: Date.parse(metadata.creationTimestamp ?? '') || 0 };
  if (condition?.status === 'True') return node;
  return { ...node, trouble: `NotReady${condition?.message ? `: ${condition.message.slice(0, 200)}` : ''}` };
}

/** Every node, by name. @throws Failure */
export async function readNodeHealth(cluster: Cluster): Promise<Map<string, NodeHealth>> {
  const nodes = await mapObjects(cluster, { apiVersion: 'v1', plural: 'nodes' }, parseNodeHealth);
  return new Map(nodes.map((node) => [node.name, node]));
}
