import { z } from 'zod';
import type { PlainObject } from './objects.ts';

const containerStatusSchema = z.looseObject({
  name: z.string(),
  ready: z.boolean().default(false),
  restartCount: z.number().int().default(0),
  image: z.string().default(''),
  state: z
    .looseObject({
      running: z.looseObject({ startedAt: z.string().nullish() }).optional(),
      waiting: z.looseObject({ reason: z.string().optional() }).optional(),
      terminated: z.looseObject({ exitCode: z.number().optional(), reason: z.string().optional() }).optional(),
    })
    .prefault({}),
});

const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.looseObject({ nodeName: z.string().optional() }),
  status: z
    .looseObject({ phase: z.string().optional(), containerStatuses: z.array(containerStatusSchema).default([]) })
    .prefault({}),
});

/** A pod of a DaemonSet, with the state of the one container that matters. */
export interface DaemonPod {
  name: string;
  namespace: string;
  uid: string;
  node: string;
  container: string;
  terminating: boolean;
  /** The container runs now. Says nothing about what it has done. */
  running: boolean;
  ready: boolean;
  restarts: number;
  image: string;
  /** Why it does not run, where the kubelet says it: `CrashLoopBackOff`, `ImagePullBackOff`, `exit code 1`. */
  trouble: string | undefined;
}

/** @returns undefined for a pod that has no node yet. */
export function parseDaemonPod(object: PlainObject, container: string): DaemonPod | undefined {
  const { metadata, spec, status } = podSchema.parse(object);
  if (spec.nodeName === undefined) return undefined;
  const state = status.containerStatuses.find((candidate) => candidate.name === container);
  const { waiting, terminated, running } = state?.state ?? {};
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    uid: metadata.uid,
    node: spec.nodeName,
    container,
    terminating: metadata.deletionTimestamp !== undefined,
    running: running !== undefined && metadata.deletionTimestamp === undefined,
    ready: state?.ready ?? false,
    restarts: state?.restartCount ?? 0,
    image: state?.image ?? '',
    trouble: terminated
      ? `exit code ${terminated.exitCode ?? '?'}`
      : waiting && waiting.reason !== 'ContainerCreating'
        ? waiting.reason
        : undefined,
  };
}

/** A container that the kubelet has given up restarting at once, or that has died twice since the pod was made. */
export function crashLoops(pod: DaemonPod): boolean {
  return pod.trouble === 'CrashLoopBackOff' || (!pod.running && pod.restarts >= 2);
}
