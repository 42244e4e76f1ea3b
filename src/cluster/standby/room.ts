import { z } from 'zod';
import type { Cluster } from '../connect.ts';
import type { ClusterNode } from '../nodes.ts';
import { mapObjects } from '../objects.ts';
import { parseQuantity } from '../quantity.ts';

/** What a kubelet counts before it takes a pod. */
export const resources = ['cpu', 'memory', 'ephemeral-storage', 'pods'] as const;
export type Resource = (typeof resources)[number];
/** Thousandths of a core, of a byte, of a pod: sums of them are exact. */
export type Amounts = Readonly<Record<Resource, number>>;

const listSchema = z.record(z.string(), z.string()).default({});
const resourcesSchema = z.looseObject({ requests: listSchema }).prefault({});
const containerSchema = z.looseObject({ restartPolicy: z.string().optional(), resources: resourcesSchema });
const specSchema = z.looseObject({
  nodeName: z.string().optional(),
  containers: z.array(containerSchema).default([]),
  initContainers: z.array(containerSchema).default([]),
  overhead: listSchema,
  /** Of the whole pod, in place of the sum of its containers. */
  resources: resourcesSchema,
});
const podSchema = z.looseObject({
  spec: specSchema,
  status: z.looseObject({ phase: z.string().default('') }).prefault({}),
});

/**
 * What a pod asks of its node: its containers together, or the largest of its init containers where that is more; side-cars
 * run beside both (PodRequests in k8s.io/component-helpers/resource).
 */
export function requestsOf(spec: unknown): Amounts {
  const { containers, initContainers, overhead, resources: ofPod } = specSchema.parse(spec);
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const initial = initContainers.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  return amounts((resource) => {
    if (resource === 'pods') return 1_000;
    const request = (of: { resources: { requests: Record<string, string> } }) =>
      scalar(of.resources.requests[resource]);
    const running = sum([...containers, ...sidecars].map(request));
    const starting = sum(sidecars.map(request)) + Math.max(0, ...initial.map(request));
    const asked = ofPod.requests[resource];
    return (asked === undefined ? Math.max(running, starting) : scalar(asked)) + scalar(overhead[resource]);
  });
}

/** What the pods on each node ask of it; those that have ended ask nothing. */
export async function sumRequests(cluster: Cluster): Promise<ReadonlyMap<string, Amounts>> {
  const pods = await mapObjects(cluster, { apiVersion: 'v1', plural: 'pods' }, (object) => {
    const { spec, status } = podSchema.parse(object);
    const ended = status.phase === 'Succeeded' || status.phase === 'Failed';
    return spec.nodeName === undefined || ended ? undefined : { node: spec.nodeName, requests: requestsOf(spec) };
  });
  const total = new Map<string, Amounts>();
  for (const pod of pods) {
    if (pod === undefined) continue;
    const before = total.get(pod.node);
    total.set(
      pod.node,
      amounts((resource) => (before?.[resource] ?? 0) + pod.requests[resource]),
    );
  }
  return total;
}

/** What a node has not enough of for one more pod that asks for `needed`; empty where it has. */
export function shortOf(
  { allocatable }: Pick<ClusterNode, 'allocatable'>,
  taken: Amounts | undefined,
  needed: Amounts,
): Resource[] {
  return resources.filter((resource) => {
    const there = allocatable[resource];
    // A kubelet that does not say how much it has does not count it.
    if (there === undefined || needed[resource] === 0) return false;
    return scalar(there) - (taken?.[resource] ?? 0) < needed[resource];
  });
}

function amounts(of: (resource: Resource) => number): Amounts {
  return { cpu: of('cpu'), memory: of('memory'), 'ephemeral-storage': of('ephemeral-storage'), pods: of('pods') };
}

/** In thousandths. */
function scalar(quantity: string | undefined): number {
  return quantity === undefined ? 0 : Math.round(parseQuantity(quantity) * 1_000);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
