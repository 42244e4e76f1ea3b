import { awaitFelix } from '../cluster/calico/await-felix.ts';
import { type CanaryConfiguration, setCanaryMode, unsetCanaryMode } from '../cluster/calico/canary-configuration.ts';
import type { FelixGroup } from '../model/proof-groups.ts';
import type { FelixOn, OnCluster, TryCalico } from '../model/steps.ts';
import { felixExpectation } from './calico.ts';
import type { StepContext } from './step-context.ts';

/** Has the Felix of one node switch before all others. @throws Failure `Drifted` where the plan saw another object */
export async function setCalicoCanary({ cluster }: StepContext, input: OnCluster & TryCalico): Promise<void> {
  await setCanaryMode(cluster, configurationOf(input));
}

/** Takes the canary's own mode away again: by now `default` says the same. */
export async function unsetCalicoCanary({ cluster }: StepContext, input: OnCluster & TryCalico): Promise<void> {
  await unsetCanaryMode(cluster, configurationOf(input));
}

function configurationOf({ calico, canary, snapshot }: TryCalico): CanaryConfiguration {
  return { canary, mode: calico.nftablesMode.to, snapshot };
}

/**
 * Follows the log of Felix on these nodes alone until each programs nftables, and goes on doing so for a moment.
 * @throws Failure `Unhealthy` with every node that does not get there in time
 */
export async function awaitFelixOn(
  { cluster, signal, heartbeat }: StepContext,
  { calico, nodes, source, holdMs }: OnCluster & FelixOn,
): Promise<FelixGroup[]> {
  return await awaitFelix(cluster, {
    namespace: calico.namespace,
    expected: { ...felixExpectation(calico, 'target'), ...(source ? { source } : {}) },
    holdMs,
    nodes,
    signal: AbortSignal.any([signal, AbortSignal.timeout(calico.timeoutMs)]),
    onProgress: (done, of) => heartbeat({ done, of }),
  });
}
