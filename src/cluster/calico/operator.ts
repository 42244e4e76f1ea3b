import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
import type { NftablesMode } from '../../model/mode.ts';
import type { Cluster } from '../connect.ts';
import { describeRef, readObject } from '../objects.ts';
import { felixConfigurationDefault, installation, tigeraStatusCalico } from '../refs.ts';
import { watchObject } from '../watch.ts';
import { felixConfigurationSchema, tigeraStatusHealth, tigeraStatusSchema } from './installation-schema.ts';

/** An operator may be Degraded for a moment, for a conflict that it retries; longer than this it means it (ms). */
const DEGRADED_GRACE_MS = 15_000;

/**
 * Waits until the operator has settled on the Installation as it is now. It reports the generation that it has seen, so
 * the Installation is read again at each change of its status.
 *
 * @throws Failure `Unhealthy` when it stays Degraded, or has not settled before the deadline
 */
export async function operatorSettles(cluster: Cluster, deadline: AbortSignal): Promise<void> {
  let why = 'TigeraStatus calico does not exist';
  let degradedTimer: AbortController | undefined;
  const gaveUp = new AbortController();
  let degraded: string | undefined;
  const signal = AbortSignal.any([deadline, gaveUp.signal]);
  try {
    for await (const status of watchObject(cluster, tigeraStatusCalico, signal)) {
      const { generation = 0 } = (await readObject(cluster, installation))?.metadata ?? {};
      const health = tigeraStatusHealth(tigeraStatusSchema.parse(status), generation);
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

/**
 * Waits until FelixConfiguration `default` has the mode that this operator writes.
 * @throws Failure `Unhealthy` where it has not before the signal
 */
export async function modeIsWritten(cluster: Cluster, value: NftablesMode, signal: AbortSignal): Promise<void> {
  let seen: string | undefined;
  for await (const felix of watchObject(cluster, felixConfigurationDefault, signal)) {
    seen = felixConfigurationSchema.parse(felix).spec.nftablesMode ?? undefined;
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
