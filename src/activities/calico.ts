import { awaitFelix } from '../cluster/calico/await-felix.ts';
import { unsetCanaryMode } from '../cluster/calico/canary-configuration.ts';
import type { FelixExpectation } from '../cluster/calico/felix-lines.ts';
import { felixConfigurationSchema, installationSchema } from '../cluster/calico/installation-schema.ts';
import { modeIsWritten, operatorSettles } from '../cluster/calico/operator.ts';
import type { Cluster } from '../cluster/connect.ts';
import { describeRef, mergePatch, type ObjectRef, readObject } from '../cluster/objects.ts';
import { felixConfigurationDefault, installation, nodeFelixConfiguration } from '../cluster/refs.ts';
import { readSaved, restoreObject } from '../cluster/snapshot.ts';
import { Failure } from '../model/failure.ts';
import type { CalicoPlan } from '../model/plan.ts';
import type { FelixGroup } from '../model/proof-groups.ts';
import type { CalicoStage, OnCluster, Restore } from '../model/steps.ts';
import type { ClusterContext, StepContext } from './step-context.ts';

/** The objects that were there before the run and that it writes; the canary's last, where it had one of its own. */
export function calicoObjects({
  needed,
  install,
  canary,
}: Pick<CalicoPlan, 'needed' | 'install' | 'canary'>): ObjectRef[] {
  if (!needed) return [];
  return [
    install === 'operator' ? installation : felixConfigurationDefault,
    ...(canary?.existing ? [nodeFelixConfiguration(canary.node)] : []),
  ];
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

/** Makes what {@link switchCalico} wrote equal to the snapshot, and takes away what was created for the canary. */
export async function restoreCalico(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { snapshot, calico }: Restore,
): Promise<void> {
  if (calico === undefined) return;
  const { canary, nftablesMode } = calico;
  for (const ref of calicoObjects(calico)) await restoreObject(cluster, ref, await readSaved(cluster, snapshot, ref));
  if (canary && !canary.existing) {
    await unsetCanaryMode(cluster, { canary, mode: nftablesMode.to, snapshot: snapshot.name });
  }
}

/**
 * Waits until the operator has settled on the Installation as it is now and has written Felix's mode, and until every
 * Felix shows it.
 *
 * @throws Failure `Unhealthy` when the operator stays Degraded, or with every node that does not follow in time
 */
export async function awaitCalico(
  { cluster, signal, heartbeat }: ClusterContext,
  { calico, towards, except }: OnCluster & { calico: CalicoPlan; towards: CalicoStage; except: string[] },
): Promise<FelixGroup[]> {
  const expected = felixExpectation(calico, towards);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]);
  if (calico.install === 'operator') {
    await operatorSettles(cluster, deadline);
    await modeIsWritten(cluster, expected.value, deadline);
  }
  return await awaitFelix(cluster, {
    namespace: calico.namespace,
    expected,
    except: [...except, ...exceptOf(calico, towards)],
    signal: deadline,
    onProgress: (done, of) => heartbeat({ done, of }),
  });
}

/**
 * What each Felix has to show. One in `Auto` that is not to be in nftables yet, or not any more, does what its node's
 * kube-proxy does; while kube-ipvs0 is there, that is never nftables (see `whyFelixDisagrees`).
 */
export function felixExpectation(
  { version: calicoVersion, nftablesMode: { from, to } }: CalicoPlan,
  towards: CalicoStage,
): FelixExpectation {
  // The way forward of a rollback leads to Disabled.
  if (towards === 'target') return { calicoVersion, value: to, useNftables: to !== 'Disabled' };
  const value = towards === 'prepared' ? to : from;
  return { calicoVersion, value, useNftables: value === 'Auto' ? 'as-kube-proxy' : value === 'Enabled' };
}

/** Nodes with a mode of their own are where they were before the run, whatever `default` says. */
export function exceptOf({ pinnedNodes }: CalicoPlan, towards: CalicoStage): readonly string[] {
  return towards === 'original' ? pinnedNodes : [];
}

function drifted(ref: ObjectRef, how: string): Failure {
  return new Failure('Drifted', `${describeRef(ref)} is not what the plan saw: ${how}`, {
    object: describeRef(ref),
    hint: 'Start again: the new plan will show what is there now.',
  });
}
