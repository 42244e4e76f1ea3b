import type { PlainObject } from './objects.ts';
import { parseSystemPod, type SystemPod } from './system-pods.ts';

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
  /** Why a kubelet did not take it at all, where it says so: `OutOfpods: Node didn't have enough resource: pods`. */
  rejected: string | undefined;
  /** It has run to its end: `Succeeded`, or `Failed`, which includes that the kubelet did not take it. */
  ended: 'Succeeded' | 'Failed' | undefined;
}

/** @returns undefined for a pod that has no node yet. */
export function parseDaemonPod(object: PlainObject, container: string): DaemonPod | undefined {
  return daemonPodOf(parseSystemPod(object), container);
}

/** A pod with the state of one of its containers. @returns undefined for a pod that has no node yet. */
export function daemonPodOf(pod: SystemPod, container: string): DaemonPod | undefined {
  const { name, namespace, uid, node, terminating } = pod;
  if (node === undefined) return undefined;
  const state = pod.states.find((candidate) => candidate.name === container);
  return {
    name,
    namespace,
    uid,
    node,
    container,
    terminating,
    running: (state?.running ?? false) && !terminating,
    ready: state?.ready ?? false,
    restarts: state?.restarts ?? 0,
    image: state?.image ?? '',
    trouble: state?.trouble ?? pod.rejected,
    rejected: pod.rejected,
    ended: pod.phase === 'Succeeded' || pod.phase === 'Failed' ? pod.phase : undefined,
  };
}

/** A container that the kubelet has given up restarting at once, or that has died twice since the pod was made. */
export function crashLoops(pod: DaemonPod): boolean {
  return pod.trouble === 'CrashLoopBackOff' || (!pod.running && pod.restarts >= 2);
}
