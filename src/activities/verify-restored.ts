import { awaitFelix } from '../cluster/calico/await-felix.ts';
import { canaryModeRemains } from '../cluster/calico/canary-configuration.ts';
import { describeRef } from '../cluster/objects.ts';
import { nodeFelixConfiguration } from '../cluster/refs.ts';
import { equalsSaved, readSaved } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import { type FelixGroup, groupProofs } from '../model/proof-groups.ts';
import type { Restore, Verified } from '../model/steps.ts';
import { exceptOf, felixExpectation } from './calico.ts';
import { deadlineOf, everyFelix } from './ebpf.ts';
import { objectsOf } from './objects-of.ts';
import { awaitProofs } from './observe-nodes.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * Proves that a rollback is complete: each saved object is in the cluster as it was, what was created for Calico's canary
 * is gone, each node shows the mode it had, each Felix the one it had.
 *
 * @throws Failure `Drifted` naming the objects that differ, `Unhealthy` naming the nodes
 */
export async function verifyRestored(
  context: ClusterContext,
  restore: Restore,
): Promise<Verified & { felix: FelixGroup[] }> {
  const { cluster, signal, heartbeat } = context;
  const { snapshot, kubeProxy, otherModes, calico, ebpf } = restore;
  const different: string[] = [];
  for (const ref of objectsOf(restore)) {
    if (!(await equalsSaved(cluster, ref, await readSaved(cluster, snapshot, ref)))) different.push(describeRef(ref));
  }
  const canary = calico?.canary;
  if (canary && (await canaryModeRemains(cluster, { canary, snapshot: snapshot.name })))
    different.push(describeRef(nodeFelixConfiguration(canary.node)));
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
  const seen = { nodes: proofs.length, proofs: groupProofs(proofs), notReady };
  if (ebpf?.needed) {
    return { ...seen, felix: await everyFelix(context, ebpf, { bpf: false, signal: deadlineOf(context, ebpf) }) };
  }
  if (calico === undefined || !(calico.needed || calico.followsKubeProxy)) return { ...seen, felix: [] };
  const felix = await awaitFelix(cluster, {
    namespace: calico.namespace,
    expected: felixExpectation(calico, 'original'),
    except: exceptOf(calico, 'original'),
    signal: AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]),
    onProgress: (done, of) => heartbeat({ done, of }),
  });
  return { ...seen, felix };
}
