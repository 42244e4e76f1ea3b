import { canonicalHash } from '../../cluster/hash.ts';
import type { Plan } from '../../model/plan.ts';

/**
 * SHA-256 of the canonical form (RFC 8785): keys sorted, so that it does not depend on how a plan was put together.
 *
 * The estimate is left out: it comes from the status of kube-proxy's pods, so a pod that restarts while an approval is awaited
 * moves it. It is nothing that a run does.
 */
export function hashPlan({ estimate: _, ...plan }: Plan): string {
  return canonicalHash(plan);
}
