import pMap from 'p-map';
import { Failure } from '../../model/failure.ts';
import type { FelixProof } from '../../model/node-proof.ts';
import type { Cluster } from '../connect.ts';
import { type DaemonSet, podSelector, podsOf, readDaemonSet } from '../daemon-sets.ts';
import { describeRef, listObjects } from '../objects.ts';
import { readLog } from '../pod-logs.ts';
import { type DaemonPod, daemonPodOf } from '../pods.ts';
import { calicoNodeDaemonSet } from '../refs.ts';
import { parseSystemPod, type SystemPod } from '../system-pods.ts';
import { type FelixState, felixStateFromLog } from './felix-lines.ts';

export const CONTAINER = 'calico-node';
/** Felix writes its start-up lines within its first few hundred; a chatty one is far below this. */
export const TAIL_LINES = 5_000;
/** Logs that are read or followed at once. */
export const CONCURRENCY = 50;

/** What the log of one Felix says now. */
export interface FelixOnNode {
  pod: DaemonPod;
  state: FelixState;
}

/**
 * calico-node's pods that are not terminating.
 * @throws Failure `Unhealthy` where there are fewer than the DaemonSet wants: a node that is not looked at proves nothing
 */
export async function listFelixPods(cluster: Cluster, namespace: string): Promise<DaemonPod[]> {
  const ref = calicoNodeDaemonSet(namespace);
  const object = describeRef(ref);
  const daemonSet = await readDaemonSet(cluster, ref);
  if (daemonSet === undefined) throw new Failure('Unhealthy', `${object} does not exist`, { object });
  const options = { labelSelector: podSelector(daemonSet) };
  const objects = await listObjects(cluster, { apiVersion: 'v1', plural: 'pods', namespace }, options);
  return felixPodsOf(daemonSet, namespace, objects.map(parseSystemPod));
}

/** The same, of what was read; `pods` may be all of the namespace. */
export function felixPodsOf(daemonSet: DaemonSet, namespace: string, all: readonly SystemPod[]): DaemonPod[] {
  const pods = podsOf(daemonSet, all)
    .flatMap((pod) => daemonPodOf(pod, CONTAINER) ?? [])
    .filter((pod) => !pod.terminating);
  const wanted = daemonSet.status.desiredNumberScheduled;
  if (pods.length < wanted) {
    const object = describeRef(calicoNodeDaemonSet(namespace));
    throw new Failure('Unhealthy', `${object} has ${pods.length} pods, of ${wanted} that it wants`, { object });
  }
  return pods;
}

/** Reads the log of each Felix once. */
export async function readFelix(cluster: Cluster, pods: readonly DaemonPod[]): Promise<FelixOnNode[]> {
  const read = async (pod: DaemonPod) => {
    const lines = await readLog(cluster, containerOf(pod), { tailLines: TAIL_LINES });
    return { pod, state: felixStateFromLog(lines) };
  };
  return await pMap(pods, read, { concurrency: CONCURRENCY });
}

/** @param withLine keep the line that proves it */
export function felixProof(
  { node, name }: Pick<DaemonPod, 'node' | 'name'>,
  state: FelixState,
  { withLine }: { withLine: boolean },
): FelixProof {
  return {
    node,
    pod: name,
    nftablesMode: state.nftablesMode?.value ?? 'unknown',
    ...(state.useNftables === undefined ? {} : { useNftables: state.useNftables }),
    ...(state.ipvsSupport === undefined ? {} : { ipvsSupport: state.ipvsSupport }),
    ...(state.bpf?.state === 'running' ? { bpf: true } : {}),
    ...(withLine ? lineOf(state) : {}),
  };
}

/** The line that proves what Felix runs: of eBPF mode where it runs that. */
function lineOf({ bpf, nftablesMode }: FelixState): { line?: string } {
  const line = bpf?.line ?? nftablesMode?.line;
  return line === undefined ? {} : { line };
}

/** Where its log is. */
export function containerOf(pod: DaemonPod) {
  return { namespace: pod.namespace, pod: pod.name, container: pod.container };
}
