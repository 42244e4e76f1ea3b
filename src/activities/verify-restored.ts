import { awaitFelix } from '../cluster/calico/felix.ts';
import { describeRef, type ObjectRef } from '../cluster/objects.ts';
import { installation, kubeProxyConfigMap, kubeProxyDaemonSet } from '../cluster/refs.ts';
import { equalsSaved, readSaved } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { FelixProof, ProxyProof } from '../model/node-proof.ts';
import type { Restore } from '../model/steps.ts';
import { calicoObject, felixExpectation } from './calico.ts';
import { deadlineOf, everyFelix } from './ebpf.ts';
import { awaitProofs } from './observe-nodes.ts';
import type { StepContext } from './step-context.ts';

/**
 * The objects that a run of this plan writes: what is saved before, and compared after a rollback. On the way to eBPF
 * kube-proxy's DaemonSet is switched off, by the operator or by a person.
 */
export function objectsOf({ kubeProxy, calico, ebpf }: Pick<Restore, 'kubeProxy' | 'calico' | 'ebpf'>): ObjectRef[] {
  return [
    ...(kubeProxy.needed ? [kubeProxyConfigMap] : []),
    ...(calico?.needed ? [calicoObject(calico)] : []),
    ...(ebpf?.needed ? [installation, kubeProxyDaemonSet] : []),
  ];
}

/**
 * Proves that a rollback is complete: each saved object is in the cluster as it was, each node shows the mode it had,
 * each Felix the one it had.
 *
 * @throws Failure `Drifted` naming the objects that differ, `Unhealthy` naming the nodes
 */
export async function verifyRestored(
  context: StepContext,
  restore: Restore,
): Promise<{ nodes: ProxyProof[]; felix: FelixProof[] }> {
  const { cluster, signal, heartbeat } = context;
  const { snapshot, kubeProxy, otherModes, calico, ebpf } = restore;
  const different: string[] = [];
  for (const ref of objectsOf(restore)) {
    if (!(await equalsSaved(cluster, ref, await readSaved(cluster, snapshot, ref)))) different.push(describeRef(ref));
  }
  if (different.length > 0) {
    throw new Failure('Drifted', `Not as it was before the run: ${different.join(', ')}`, {
      object: different.join(', '),
      hint: `What it was: kubectl -n ${snapshot.namespace} get configmap ${snapshot.name} -o yaml`,
    });
  }

  const wantedOf = (node: string) => otherModes[node] ?? kubeProxy.from;
  const nodes = await awaitProofs(context, wantedOf, kubeProxy.nodeTimeoutMs);
  const felix = calico?.needed
    ? await awaitFelix(cluster, {
        namespace: calico.namespace,
        expected: felixExpectation(calico, 'original'),
        signal: AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]),
        onProgress: (done, of) => heartbeat({ done, of }),
      })
    : ebpf?.needed
      ? await everyFelix(context, ebpf, { bpf: false, signal: deadlineOf(context, ebpf) })
      : [];
  return { nodes, felix };
}
