import { awaitFelix } from '../cluster/calico/await-felix.ts';
import { bpfEnabledIs, calicoNodeIsRolledOut, proxyIsBack, proxyIsOff } from '../cluster/calico/ebpf.ts';
import { installationSchema } from '../cluster/calico/installation-schema.ts';
import { operatorSettles } from '../cluster/calico/operator.ts';
import { describeRef, mergePatch, readObject } from '../cluster/objects.ts';
import { installation } from '../cluster/refs.ts';
import { readSaved, restoreObject } from '../cluster/snapshot.ts';
import type { EbpfSwitch } from '../model/ebpf-plan.ts';
import { Failure } from '../model/failure.ts';
import type { FelixGroup } from '../model/proof-groups.ts';
import type { OnCluster, Restore } from '../model/steps.ts';
import type { ClusterContext } from './step-context.ts';

/**
 * One patch of the Installation, by what this version of the operator understands.
 * @throws Failure `Drifted` where its dataplane is neither what the plan saw nor BPF
 */
export async function switchToEbpf(
  { cluster }: ClusterContext,
  { ebpf: { dataplane, patch } }: OnCluster & { ebpf: EbpfSwitch },
): Promise<void> {
  const found = await readObject(cluster, installation);
  const network = found && installationSchema.parse(found).spec.calicoNetwork;
  const current = network?.linuxDataplane ?? 'Iptables';
  if (found === undefined || (current !== dataplane.from && current !== dataplane.to)) {
    const object = describeRef(installation);
    const how = found === undefined ? 'it is gone' : `linuxDataplane is ${current}`;
    throw new Failure('Drifted', `${object} is not what the plan saw: ${how}`, {
      object,
      hint: 'Start again: the new plan will show what is there now.',
    });
  }
  const done = Object.entries(patch).every(([field, value]) => network?.[field] === value);
  if (done) return;
  await mergePatch(cluster, installation, { spec: { calicoNetwork: patch } }, versionOf(found));
}

/**
 * Waits until the operator has settled and has turned eBPF on, kube-proxy is off, and every Felix says that it runs it.
 * @throws Failure `Unhealthy` with what is missing
 */
export async function awaitEbpf(
  context: ClusterContext,
  { ebpf }: OnCluster & { ebpf: EbpfSwitch },
): Promise<FelixGroup[]> {
  const { cluster } = context;
  const deadline = deadlineOf(context, ebpf);
  await operatorSettles(cluster, deadline);
  await bpfEnabledIs(cluster, true, deadline);
  if (ebpf.setup === 'operator') await proxyIsOff(cluster, deadline);
  return await everyFelix(context, ebpf, { bpf: true, signal: deadline });
}

/**
 * Takes the dataplane back to what it was. `kubeProxyManagement` stays for now: an operator that may no longer manage
 * kube-proxy leaves it switched off (`Reconcile` in its pkg/controller/kubeproxy/controller.go).
 */
export async function leaveEbpf({ cluster }: ClusterContext, { ebpf }: Restore): Promise<void> {
  if (!ebpf?.needed) return;
  const found = await readObject(cluster, installation);
  if (found === undefined) return; // Made anew from the snapshot, by `restoreInstallation`.
  const { linuxDataplane, bpfNetworkBootstrap } = installationSchema.parse(found).spec.calicoNetwork ?? {};
  // The operator refuses bpfNetworkBootstrap under any other dataplane (BPFBootstrapRequirements in pkg/controller/utils/bpf.go).
  const bootstrap = bpfNetworkBootstrap === 'Enabled' ? { bpfNetworkBootstrap: 'Disabled' } : {};
  if (linuxDataplane !== 'BPF' && bpfNetworkBootstrap !== 'Enabled') return;
  const calicoNetwork = { linuxDataplane: ebpf.dataplane.from, ...bootstrap };
  await mergePatch(cluster, installation, { spec: { calicoNetwork } }, versionOf(found));
}

/**
 * Waits until eBPF is off in the operator's eyes, kube-proxy is on the nodes again, and no Felix runs eBPF mode.
 * @throws Failure `Unhealthy` with what is missing
 */
export async function awaitOutOfEbpf(context: ClusterContext, { ebpf }: Restore): Promise<FelixGroup[]> {
  if (!ebpf?.needed) return [];
  const { cluster } = context;
  const deadline = deadlineOf(context, ebpf);
  await operatorSettles(cluster, deadline);
  await bpfEnabledIs(cluster, false, deadline);
  await proxyIsBack(cluster, deadline);
  await calicoNodeIsRolledOut(cluster, ebpf.namespace, deadline);
  return await everyFelix(context, ebpf, { bpf: false, signal: deadline });
}

/** Makes the Installation equal to the snapshot, and waits until the operator has settled on it. */
export async function restoreInstallation(context: ClusterContext, { snapshot, ebpf }: Restore): Promise<void> {
  if (!ebpf?.needed) return;
  const { cluster } = context;
  await restoreObject(cluster, installation, await readSaved(cluster, snapshot, installation));
  await operatorSettles(cluster, deadlineOf(context, ebpf));
}

/** Waits until each Felix runs eBPF mode, or until each is back in the mode that it had. */
export async function everyFelix(
  { cluster, heartbeat }: ClusterContext,
  { namespace, version, original }: EbpfSwitch,
  { bpf, signal }: { bpf: boolean; signal: AbortSignal },
): Promise<FelixGroup[]> {
  const { nftablesMode, useNftables } = original;
  return await awaitFelix(cluster, {
    namespace,
    expected: { calicoVersion: version, value: nftablesMode, useNftables, bpf },
    signal,
    onProgress: (done, of) => heartbeat({ done, of }),
  });
}

export function deadlineOf({ signal }: ClusterContext, { timeoutMs }: EbpfSwitch): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

function versionOf({ metadata: { resourceVersion } }: { metadata: { resourceVersion?: string | undefined } }) {
  return { resourceVersion };
}
