import { awaitFelix } from '../cluster/calico/felix.ts';
import type { FelixExpectation } from '../cluster/calico/felix-lines.ts';
import { felixConfigurationSchema, installationSchema } from '../cluster/calico/installation-schema.ts';
import { modeIsWritten, operatorSettles } from '../cluster/calico/operator.ts';
import type { Cluster } from '../cluster/connect.ts';
import { describeRef, mergePatch, type ObjectRef, readObject } from '../cluster/objects.ts';
import { felixConfigurationDefault, installation } from '../cluster/refs.ts';
import { readSaved, restoreObject } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { FelixProof } from '../model/node-proof.ts';
import type { CalicoPlan } from '../model/plan.ts';
import type { OnCluster, Restore } from '../model/steps.ts';
import type { ClusterContext, StepContext } from './step-context.ts';

/** The object that the switch writes. */
export function calicoObject(calico: Pick<CalicoPlan, 'install'>): ObjectRef {
  return calico.install === 'operator' ? installation : felixConfigurationDefault;
}

/**
 * One patch: `linuxDataplane` of the Installation, or `nftablesMode` of FelixConfiguration `default`.
 * @throws Failure `Drifted` where the object is neither what the plan saw nor done
 */
export async function switchCalico(
  { cluster }: StepContext,
  { calico }: OnCluster & { calico: CalicoPlan },
): Promise<void> {
  if (calico.install === 'operator') await switchInstallation(cluster, calico);
  else await switchFelixConfiguration(cluster, calico);
}

async function switchInstallation(cluster: Cluster, calico: CalicoPlan): Promise<void> {
  const found = await readObject(cluster, installation);
  if (found === undefined) throw drifted(installation, 'it is gone');
  const { from, to } = calico.dataplane ?? {};
  const current = installationSchema.parse(found).spec?.calicoNetwork?.linuxDataplane ?? 'Iptables';
  if (current === to) return;
  if (current !== from) throw drifted(installation, `linuxDataplane is ${current}`);
  const timeout = calico.clearPolicySetupTimeout ? { linuxPolicySetupTimeoutSeconds: null } : {};
  const patch = { spec: { calicoNetwork: { linuxDataplane: to, ...timeout } } };
  await mergePatch(cluster, installation, patch, { resourceVersion: found.metadata.resourceVersion });
}

async function switchFelixConfiguration(cluster: Cluster, calico: CalicoPlan): Promise<void> {
  const spec = { nftablesMode: calico.nftablesMode.to };
  const found = await readObject(cluster, felixConfigurationDefault);
  if (found === undefined) throw drifted(felixConfigurationDefault, 'it is gone');
  const current = felixConfigurationSchema.parse(found).spec.nftablesMode ?? undefined;
  if (current === spec.nftablesMode) return;
  if (current !== undefined && current !== calico.nftablesMode.from)
    throw drifted(felixConfigurationDefault, `nftablesMode is ${current}`);
  await mergePatch(cluster, felixConfigurationDefault, { spec }, { resourceVersion: found.metadata.resourceVersion });
}

/** Makes what {@link switchCalico} wrote equal to the snapshot. */
export async function restoreCalico(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { snapshot, calico }: Restore,
): Promise<void> {
  if (!calico?.needed) return;
  const ref = calicoObject(calico);
  await restoreObject(cluster, ref, await readSaved(cluster, snapshot, ref));
}

/**
 * Waits until the operator has settled on the Installation as it is now and has written Felix's mode, and until every
 * Felix shows it.
 *
 * @throws Failure `Unhealthy` when the operator stays Degraded, or with every node that does not follow in time
 */
export async function awaitCalico(
  { cluster, signal, heartbeat }: ClusterContext,
  { calico, towards }: OnCluster & { calico: CalicoPlan; towards: 'target' | 'original' },
): Promise<FelixProof[]> {
  const expected = felixExpectation(calico, towards);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]);
  if (calico.install === 'operator') {
    await operatorSettles(cluster, deadline);
    await modeIsWritten(cluster, expected.value, deadline);
  }
  return await awaitFelix(cluster, {
    namespace: calico.namespace,
    expected,
    signal: deadline,
    onProgress: (done, of) => heartbeat({ done, of }),
  });
}

/** What each Felix has to show, on the way forward and after the way back. */
export function felixExpectation(calico: CalicoPlan, towards: 'target' | 'original'): FelixExpectation {
  const { from, to } = calico.nftablesMode;
  const forward = towards === 'target';
  // The way forward of a rollback leads to Disabled.
  const useNftables = forward === (to !== 'Disabled');
  return { calicoVersion: calico.version, value: forward ? to : from, useNftables };
}

function drifted(ref: ObjectRef, how: string): Failure {
  return new Failure('Drifted', `${describeRef(ref)} is not what the plan saw: ${how}`, {
    object: describeRef(ref),
    hint: 'Start again: the new plan will show what is there now.',
  });
}
