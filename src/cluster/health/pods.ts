import { z } from 'zod';
import type { Cluster } from '../connect.ts';
import { mapObjects, type PlainObject } from '../objects.ts';
import { controllerOf, type Owner, ownerReferencesSchema } from '../owner-references.ts';

/** A pod that is not well. */
export interface PodTrouble {
  name: string;
  namespace: string;
  /** Absent while it is not scheduled. */
  node: string | undefined;
  /** What makes it anew: `Deployment kube-system/coredns`; the pod itself where nothing does. */
  controller: string;
  /** It belongs to its node (a DaemonSet, a static pod): there is one on each, whatever its name is. */
  ofNode: boolean;
  why: string;
}

/**
 * A container that has died again so shortly before crashes in a loop, even if it runs now (ms). The kubelet starts counting
 * anew after ten minutes without trouble: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
const CRASH_MEMORY_MS = 10 * 60_000;

const endedSchema = z.looseObject({
  exitCode: z.number().optional(),
  startedAt: z.string().nullish(),
  finishedAt: z.string().nullish(),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: ownerReferencesSchema,
  }),
  spec: z.looseObject({ nodeName: z.string().optional() }).prefault({}),
  status: z
    .looseObject({
      phase: z.string().default('Pending'),
      conditions: z
        .array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') }))
        .default([]),
      containerStatuses: z
        .array(
          z.looseObject({
            name: z.string(),
            restartCount: z.int().default(0),
            state: z
              .looseObject({
                waiting: z.looseObject({ reason: z.string().optional() }).optional(),
                terminated: endedSchema.optional(),
              })
              .prefault({}),
            lastState: z.looseObject({ terminated: endedSchema.optional() }).prefault({}),
          }),
        )
        .default([]),
    })
    .prefault({}),
});
type Pod = z.output<typeof podSchema>;

/**
 * What is not well with a pod: it is not Ready, or one of its containers has crashed at least twice and a short while ago.
 * Crashes before `since` are somebody else's where the pod is older.
 *
 * @param now ms since the epoch
 * @param since ms since the epoch; absent: every crash counts
 * @returns undefined for a pod that is well, that has ended, or that is of a Job: that one's end is what it is for
 * @throws ZodError where it is none
 */
export function parsePodTrouble(object: PlainObject, now: number, since?: number): PodTrouble | undefined {
  const pod = podSchema.parse(object);
  const { metadata, spec, status } = pod;
  // A pod that has failed is made anew by its controller, and the new one is judged.
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined;
  const owner = controllerOf(metadata.ownerReferences);
  if (owner?.kind === 'Job') return undefined;
  const why = whyNotReady(pod) ?? whyCrashing(pod, now, since);
  if (why === undefined) return undefined;
  const { name, namespace } = metadata;
  const ofNode = owner?.kind === 'DaemonSet' || owner?.kind === 'Node';
  return { name, namespace, node: spec.nodeName, controller: describeController(pod, owner), ofNode, why };
}

/**
 * A ReplicaSet is named for its Deployment and the hash that its pods are labelled with, which changes with each roll-out. A
 * static pod is named for its node, which is its owner.
 */
function describeController({ metadata, spec }: Pod, owner: Owner | undefined): string {
  const { name, namespace, labels } = metadata;
  const of = (kind: string, called: string) => `${kind} ${namespace}/${called}`;
  if (owner === undefined) return of('Pod', name);
  const hash = `-${labels['pod-template-hash']}`;
  if (owner.kind === 'ReplicaSet' && owner.name.endsWith(hash))
    return of('Deployment', owner.name.slice(0, -hash.length));
  if (owner.kind === 'Node') return of('Pod', name.replace(`-${spec.nodeName}`, ''));
  return of(owner.kind, owner.name);
}

function whyNotReady({ metadata, status }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'is terminating';
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return undefined;
  for (const { name, state } of status.containerStatuses) {
    const trouble = state.terminated ? `exit code ${state.terminated.exitCode ?? '?'}` : state.waiting?.reason;
    if (trouble !== undefined && trouble !== 'ContainerCreating') return `${trouble} (container ${name})`;
  }
  const unscheduled = status.conditions.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  const message = unscheduled?.message || ready?.message;
  return `is not Ready${message ? `: ${message.slice(0, 200)}` : ''}`;
}

function whyCrashing({ metadata, status }: Pod, now: number, since = 0): string | undefined {
  const isNew = timeOf(metadata.creationTimestamp) >= since;
  for (const { name, restartCount, lastState } of status.containerStatuses) {
    const { terminated } = lastState;
    if (terminated === undefined || restartCount < 2) continue;
    if (timeOf(terminated.finishedAt) < now - CRASH_MEMORY_MS) continue;
    // The one that died had itself been started by a restart: at least two since then.
    if (!isNew && timeOf(terminated.startedAt) < since) continue;
    return `crashes again and again, ${restartCount} restarts, last exit code ${terminated.exitCode ?? '?'} (container ${name})`;
  }
  return undefined;
}

function timeOf(text: string | null | undefined): number {
  return Date.parse(text ?? '') || 0;
}

/** Pods of a namespace that are not well; of the others nothing is kept. @throws Failure */
export async function readPodTroubles(cluster: Cluster, namespace: string, since?: number): Promise<PodTrouble[]> {
  const now = Date.now();
  const pods = await mapObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, (object) =>
    parsePodTrouble(object, now, since),
  );
  return pods.filter((pod) => pod !== undefined);
}
