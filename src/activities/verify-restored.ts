import { awaitFelix } from '../cluster/calico/felix.ts';
import { describeRef, type ObjectRef } from '../cluster/objects.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../cluster/refs.ts';
import { equalsSaved, readSaved } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { FelixProof } from '../model/node-proof.ts';
import { groupProofs } from '../model/proof-groups.ts';
import type { Restore, Verified } from '../model/steps.ts';
import { calicoObject, felixExpectation } from './calico.ts';
import { awaitProofs } from './observe-nodes.ts';
import type { StepContext } from './step-context.ts';

/** The objects that a run of this plan writes: what is saved before, and compared after a rollback. */
export function objectsOf({ kubeProxy, calico }: Pick<Restore, 'kubeProxy' | 'calico'>): ObjectRef[] {
  const proxy = kubeProxy.strategy === 'rolling' ? [kubeProxyConfigMap, kubeProxyDaemonSet] : [kubeProxyConfigMap];
  return [...(kubeProxy.needed ? proxy : []), ...(calico?.needed ? [calicoObject(calico)] : [])];
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
): Promise<Verified & { felix: FelixProof[] }> {
  const { cluster, signal, heartbeat } = context;
  const { snapshot, kubeProxy, otherModes, calico } = restore;
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
  const { proofs, notReady } = await awaitProofs(context, {
    wantedOf,
    timeoutMs: kubeProxy.nodeTimeoutMs,
    recall: false,
  });
  const felix = calico?.needed
    ? await awaitFelix(cluster, {
        namespace: calico.namespace,
        expected: felixExpectation(calico, 'original'),
        signal: AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]),
        onProgress: (done, of) => heartbeat({ done, of }),
      })
    : [];
  return { nodes: proofs.length, proofs: groupProofs(proofs), notReady, felix };
}
