import { z } from 'zod';
import type { Cluster } from './connect.ts';
import { type Container, containerSchema } from './daemon-sets.ts';
import { mapObjects, type PlainObject } from './objects.ts';
import { controllerOf, type Owner, ownerReferencesSchema } from './owner-references.ts';

/** A container of a pod, as the kubelet last reported it. */
export interface ContainerState {
  name: string;
  ready: boolean;
  restarts: number;
  image: string;
  running: boolean;
  /** When it started last, ISO 8601; absent where it does not run. */
  startedAt: string | undefined;
  /** Why it does not run, where the kubelet says it: `CrashLoopBackOff`, `ImagePullBackOff`, `exit code 1`. */
  trouble: string | undefined;
}

/** A pod of a namespace that carries the dataplane, such as kube-system. */
export interface SystemPod {
  name: string;
  namespace: string;
  uid: string;
  terminating: boolean;
  labels: Readonly<Record<string, string>>;
  /** Absent while it is not scheduled. */
  node: string | undefined;
  /** Kind of its controller: `DaemonSet`, `ReplicaSet`; `Node` for a static pod's mirror; absent for a bare pod. */
  owner: Owner | undefined;
  containers: readonly Container[];
  /** ISO 8601, as the API server has it. */
  createdAt: string | undefined;
  /** Empty until the kubelet has reported. */
  states: readonly ContainerState[];
  /** `Pending`, `Running`, `Succeeded`, `Failed`; empty until somebody has said it. */
  phase: string;
  /** Why a kubelet did not take it at all, where it says so: `OutOfpods: Node didn't have enough resource: pods`. */
  rejected: string | undefined;
}

const containerStatusSchema = z.looseObject({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.int().default(0),
  image: z.string().default(''),
  state: z
    .looseObject({
      running: z.looseObject({ startedAt: z.string().nullish() }).optional(),
      waiting: z.looseObject({ reason: z.string().optional() }).optional(),
      terminated: z.looseObject({ exitCode: z.number().optional() }).optional(),
    })
    .prefault({}),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().nullish(),
    deletionTimestamp: z.string().optional(),
    ownerReferences: ownerReferencesSchema,
  }),
  spec: z.looseObject({ nodeName: z.string().optional(), containers: z.array(containerSchema).default([]) }),
  status: z
    .looseObject({
      phase: z.string().default(''),
      reason: z.string().optional(),
      message: z.string().optional(),
      containerStatuses: z.array(containerStatusSchema).default([]),
    })
    .prefault({}),
});

/** @throws ZodError where it is none */
export function parseSystemPod(object: PlainObject): SystemPod {
  const { metadata, spec, status } = podSchema.parse(object);
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    terminating: metadata.deletionTimestamp !== undefined,
    labels: metadata.labels,
    node: spec.nodeName,
    owner: controllerOf(metadata.ownerReferences),
    containers: spec.containers,
    createdAt: metadata.creationTimestamp ?? undefined,
    states: status.containerStatuses.map(toState),
    phase: status.phase,
    rejected:
      status.phase === 'Failed' && status.reason
        ? [status.reason, status.message].filter(Boolean).join(': ')
        : undefined,
  };
}

function toState({ name, ready, restartCount, image, state }: z.infer<typeof containerStatusSchema>): ContainerState {
  const { running, waiting, terminated } = state;
  const trouble = terminated ? `exit code ${terminated.exitCode ?? '?'}` : waiting?.reason;
  return {
    name,
    ready,
    restarts: restartCount,
    image,
    running: running !== undefined,
    startedAt: running?.startedAt ?? undefined,
    trouble: trouble === 'ContainerCreating' ? undefined : trouble,
  };
}

/** Every pod of kube-system, or of another namespace that carries the dataplane. */
export async function listSystemPods(cluster: Cluster, namespace = 'kube-system'): Promise<SystemPod[]> {
  // The pods of a DaemonSet have equal containers: one copy for all of them, where there may be thousands.
  const known = new Map<string, SystemPod['containers']>();
  const share = (containers: SystemPod['containers']) => {
    const key = JSON.stringify(containers);
    const first = known.get(key) ?? containers;
    known.set(key, first);
    return first;
  };
  return await mapObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, (object) => {
    const pod = parseSystemPod(object);
    return { ...pod, containers: share(pod.containers) };
  });
}
