import type { Wave } from './steps.ts';

/** To see that IPVS is gone, and for pods to be deleted (ms): a kubelet gives each 30 s to end. */
const AROUND_MS = 120_000;

/**
 * How long one node may take (ms). A stand-by has as long for its first sync as kube-proxy has for its own, and between the
 * two connections are waited for.
 */
export function nodeLimitMs({
  handover,
  nodeTimeoutMs,
  drainTimeoutMs,
}: Pick<Wave, 'handover' | 'nodeTimeoutMs' | 'drainTimeoutMs'>): number {
  return handover === 'make-before-break' ? 2 * nodeTimeoutMs + drainTimeoutMs + AROUND_MS : nodeTimeoutMs;
}
