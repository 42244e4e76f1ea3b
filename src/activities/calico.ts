import { setTimeout as delay } from 'node:timers/promises';
import { awaitFelix } from '../cluster/calico/felix.ts';
import type { FelixExpectation } from '../cluster/calico/felix-lines.ts';
import {
  felixConfigurationSchema,
  installationSchema,
  tigeraStatusHealth,
  tigeraStatusSchema,
} from '../cluster/calico/installation-schema.ts';
import type { Cluster } from '../cluster/connect.ts';
import { describeRef, mergePatch, type ObjectRef, readObject } from '../cluster/objects.ts';
import { felixConfigurationDefault, installation, tigeraStatusCalico } from '../cluster/refs.ts';
import { readSaved, restoreObject } from '../cluster/snapshot.ts';
import { watchObjects } from '../cluster/watch.ts';
import { Failure } from '../model/failure.ts';
import type { FelixProof } from '../model/node-proof.ts';
import type { CalicoPlan } from '../model/plan.ts';
import type { OnCluster, Restore } from '../model/steps.ts';
import type { StepContext } from './step-context.ts';

/** An operator may be Degraded for a moment, for a conflict that it retries; longer than this it means it (ms). */
const DEGRADED_GRACE_MS = 15_000;

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
export async function restoreCalico({ cluster }: StepContext, { snapshot, calico }: Restore): Promise<void> {
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
  { cluster, signal, heartbeat }: StepContext,
  { calico, towards }: OnCluster & { calico: CalicoPlan; towards: 'target' | 'original' },
): Promise<FelixProof[]> {
  const expected = felixExpectation(calico, towards);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]);
  if (calico.install === 'operator') {
    await operatorSettles(cluster, deadline);
    await modeIsWritten(cluster, expected, deadline);
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
  return { calicoVersion: calico.version, value: forward ? to : from, useNftables: forward };
}

/** The operator reports the generation it has seen, so the Installation is read again at each change of its status. */
async function operatorSettles(cluster: Cluster, deadline: AbortSignal): Promise<void> {
  let why = 'TigeraStatus calico does not exist';
  let degradedTimer: AbortController | undefined;
  const gaveUp = new AbortController();
  let degraded: string | undefined;
  const signal = AbortSignal.any([deadline, gaveUp.signal]);
  try {
    const { apiVersion, plural, name } = tigeraStatusCalico;
    for await (const event of watchObjects(cluster, {
      apiVersion,
      plural,
      fieldSelector: `metadata.name=${name}`,
      signal,
    })) {
      if (event.type === 'SYNCED' || event.type === 'DELETED') continue;
      const { generation = 0 } = (await readObject(cluster, installation))?.metadata ?? {};
      const health = tigeraStatusHealth(tigeraStatusSchema.parse(event.object), generation);
      if (health.settled) return;
      why = health.why;
      degraded = health.degraded;
      if (degraded === undefined) degradedTimer?.abort();
      else if (degradedTimer === undefined || degradedTimer.signal.aborted) degradedTimer = giveUpLater(gaveUp);
    }
  } finally {
    degradedTimer?.abort();
  }
  cluster.signal?.throwIfAborted();
  const late = degraded === undefined ? 'did not settle in time' : 'refuses or fails the change';
  throw new Failure('Unhealthy', `The Tigera operator ${late}: ${degraded ?? why}`, {
    object: describeRef(tigeraStatusCalico),
    hint: 'Look at it with: kubectl get tigerastatus calico -o yaml; kubectl -n tigera-operator logs deploy/tigera-operator',
  });
}

/** Aborts `gaveUp` after the grace, unless the returned controller is aborted before. */
function giveUpLater(gaveUp: AbortController): AbortController {
  const timer = new AbortController();
  delay(DEGRADED_GRACE_MS, undefined, { signal: timer.signal }).then(
    () => gaveUp.abort(),
    () => undefined, // Not degraded any more, or nobody waits any more.
  );
  return timer;
}

/** Waits until FelixConfiguration `default` has the mode that this operator writes. */
async function modeIsWritten(cluster: Cluster, { value }: FelixExpectation, signal: AbortSignal): Promise<void> {
  const { apiVersion, plural, name } = felixConfigurationDefault;
  let seen: string | undefined;
  for await (const event of watchObjects(cluster, {
    apiVersion,
    plural,
    fieldSelector: `metadata.name=${name}`,
    signal,
  })) {
    if (event.type === 'SYNCED' || event.type === 'DELETED') continue;
    seen = felixConfigurationSchema.parse(event.object).spec.nftablesMode ?? undefined;
    if (seen === value) return;
  }
  cluster.signal?.throwIfAborted();
  throw new Failure(
    'Unhealthy',
    `The Tigera operator has not written nftablesMode ${value} in time (it is ${seen ?? 'unset'})`,
    {
      object: describeRef(felixConfigurationDefault),
    },
  );
}

function drifted(ref: ObjectRef, how: string): Failure {
  return new Failure('Drifted', `${describeRef(ref)} is not what the plan saw: ${how}`, {
    object: describeRef(ref),
    hint: 'Start again: the new plan will show what is there now.',
  });
}
