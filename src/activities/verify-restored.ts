import { awaitFelix } from '../cluster/calico/felix.ts';
import { describeRef, type ObjectRef } from '../cluster/objects.ts';
import { kubeProxyConfigMap } from '../cluster/refs.ts';
import { equalsSaved, readSaved } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { FelixProof, ProxyProof } from '../model/node-proof.ts';
import type { Plan } from '../model/plan.ts';
import type { Restore } from '../model/steps.ts';
import { calicoObject, felixExpectation } from './calico.ts';
import { awaitProofs } from './observe-nodes.ts';
import type { StepContext } from './step-context.ts';

/** The objects that a run of this plan writes: what is saved before, and compared after a rollback. */
export function objectsOf(plan: Plan): ObjectRef[] {
  return [
    ...(plan.kubeProxy.needed ? [kubeProxyConfigMap] : []),
    ...(plan.calico?.needed ? [calicoObject(plan.calico)] : []),
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
  { snapshot, plan }: Restore,
): Promise<{ nodes: ProxyProof[]; felix: FelixProof[] }> {
  const { cluster, signal, heartbeat } = context;
  const different: string[] = [];
  for (const ref of objectsOf(plan)) {
    if (!(await equalsSaved(cluster, ref, await readSaved(cluster, snapshot, ref)))) different.push(describeRef(ref));
  }
  if (different.length > 0) {
    throw new Failure('Drifted', `Not as it was before the run: ${different.join(', ')}`, {
      object: different.join(', '),
      hint: `What it was: kubectl -n ${snapshot.namespace} get configmap ${snapshot.name} -o yaml`,
    });
  }

  const { from, nodeTimeoutMs } = plan.kubeProxy;
  const before = new Map(plan.nodes.map(({ name, mode }) => [name, mode]));
  const wantedOf = (node: string) => {
    const mode = before.get(node);
    return mode === undefined || mode === 'unknown' ? from : mode;
  };
  const nodes = await awaitProofs(context, wantedOf, nodeTimeoutMs);
  const felix = plan.calico?.needed
    ? await awaitFelix(cluster, {
        namespace: plan.calico.namespace,
        expected: felixExpectation(plan.calico, 'original'),
        signal: AbortSignal.any([signal, AbortSignal.timeout(plan.calico.timeoutMs)]),
        onProgress: (done, of) => heartbeat({ done, of }),
      })
    : [];
  return { nodes, felix };
}
