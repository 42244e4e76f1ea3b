import { z } from 'zod';
import type { Cluster } from './connect.ts';
import { mapObjects, type ObjectRef, type PlainObject, readObject } from './objects.ts';

/** A container of a pod or of a template of one: what decides what runs. */
export const containerSchema = z.object({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
});
export type Container = z.infer<typeof containerSchema>;

const daemonSetSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().default(''),
    generation: z.number().default(0),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.looseObject({
    selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    updateStrategy: z.looseObject({ type: z.string().default('RollingUpdate') }).prefault({}),
    template: z.looseObject({
      metadata: z
        .looseObject({
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        })
        .prefault({}),
      spec: z.looseObject({
        containers: z.array(containerSchema.loose()).min(1),
        nodeSelector: z.record(z.string(), z.string()).default({}),
        hostNetwork: z.boolean().default(false),
      }),
    }),
  }),
  status: z
    .looseObject({
      observedGeneration: z.number().default(0),
      desiredNumberScheduled: z.number().default(0),
      currentNumberScheduled: z.number().default(0),
      updatedNumberScheduled: z.number().default(0),
      numberMisscheduled: z.number().default(0),
      numberReady: z.number().default(0),
      numberUnavailable: z.number().default(0),
    })
    .prefault({}),
});

/** A DaemonSet, as far as its health and its pods are concerned. */
export type DaemonSet = z.infer<typeof daemonSetSchema>;

/** @returns undefined where there is none. */
export async function readDaemonSet(cluster: Cluster, ref: ObjectRef): Promise<DaemonSet | undefined> {
  const object: PlainObject | undefined = await readObject(cluster, ref);
  return object && parseDaemonSet(object);
}

/** @throws ZodError where it is none */
export function parseDaemonSet(object: PlainObject): DaemonSet {
  return daemonSetSchema.parse(object);
}

/** Every DaemonSet of the cluster. */
export async function listDaemonSets(cluster: Cluster): Promise<DaemonSet[]> {
  return await mapObjects(cluster, { apiVersion: 'apps/v1', plural: 'daemonsets' }, parseDaemonSet);
}

/** Why a DaemonSet is not healthy: nothing where each of its pods is current and ready. */
export function daemonSetTrouble({ metadata, status }: DaemonSet): string | undefined {
  const desired = status.desiredNumberScheduled;
  if (status.observedGeneration < metadata.generation) return 'a change of it has not been rolled out yet';
  if (desired === 0) return 'it wants no pods';
  if (status.updatedNumberScheduled < desired) {
    return `${desired - status.updatedNumberScheduled} of ${desired} pods are not of its current template: a roll-out is under way or was never finished`;
  }
  if (status.numberReady < desired) return `${desired - status.numberReady} of ${desired} pods are not ready`;
  return undefined;
}

/** Its pods among others of its namespace. */
export function podsOf<T extends { labels: Readonly<Record<string, string>> }>(
  { spec }: DaemonSet,
  all: readonly T[],
): T[] {
  const labels = Object.entries(spec.selector.matchLabels);
  return all.filter((pod) => labels.every(([key, value]) => pod.labels[key] === value));
}

/** The label selector of its pods, as the API takes it. */
export function podSelector({ spec }: DaemonSet): string {
  return Object.entries(spec.selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
