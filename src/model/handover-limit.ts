import type { Wave } from './steps.ts';

/**
 * How long one node may take (ms). A stand-by has as long for its first sync as kube-proxy has for its own, and between the
 * two connections are waited for.
 */
export function nodeLimitMs({
  handover,
  nodeTimeoutMs,
  drainTimeoutMs,
}: Pick<Wave, 'handover' | 'nodeTimeoutMs' | 'drainTimeoutMs'>): number {
  return handover === 'make-before-break' ? 2 * nodeTimeoutMs + drainTimeoutMs : nodeTimeoutMs;
}
