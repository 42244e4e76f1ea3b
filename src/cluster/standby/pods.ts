import { Failure } from '../../model/failure.ts';
import type { Cluster } from '../connect.ts';
import { hasStatus } from '../errors.ts';
import { type CallOptions, createObject, deleteObject, type ObjectRef } from '../objects.ts';
import { standbyName } from './names.ts';
import { type StandbyPodOptions, standbyPod } from './pod.ts';

const namespace = 'kube-system';

export function standbyRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace, name };
}

/**
 * Creates the pod where it is not there.
 * @throws Failure `Forbidden` where admission or RBAC does not let it in, `Invalid` where no such pod can be made
 */
export async function createStandby(
  cluster: Cluster,
  options: StandbyPodOptions,
  call: CallOptions = {},
): Promise<void> {
  const ref = standbyRef(standbyName(options.purpose, options.mode, options.node));
  try {
    await createObject(cluster, ref, standbyPod(options), call);
  } catch (error) {
    // Somebody was here before: a worker that has died since.
    if (!hasStatus(error, 409)) throw error;
  }
}

/**
 * Whether RBAC, Pod Security and policies would let the pod in: the request is made as a dry run, which writes nothing.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
 * @returns why not; undefined where it would be let in
 */
export async function standbyRefusal(cluster: Cluster, options: StandbyPodOptions): Promise<string | undefined> {
  const ref = standbyRef(standbyName(options.purpose, options.mode, options.node));
  try {
    await createObject(cluster, ref, standbyPod(options), { dryRun: true });
    return undefined;
  } catch (error) {
    if (hasStatus(error, 409)) return undefined;
    if (error instanceof Failure && (error.kind === 'Forbidden' || error.kind === 'Invalid')) return error.message;
    throw error;
  }
}

/** Deletes the pod, if it is still this one. */
export async function deleteStandby(
  cluster: Cluster,
  { name, uid }: { name: string; uid: string },
  call: CallOptions = {},
): Promise<void> {
  try {
    await deleteObject(cluster, standbyRef(name), { uid, ...call });
  } catch (error) {
    // 409: another pod of this name, so the one that was meant is gone.
    if (!hasStatus(error, 409)) throw error;
  }
}
