import { z } from 'zod';

/** Which firing alerts hold the next wave: what a plan says of them, without anything that is secret. */
export const alertGateSchema = z.object({
  /** Of Prometheus, without user and password. */
  url: z.string(),
  /** Values of the label `alertname`. */
  names: z.array(z.string()).min(1),
  /** What it means that Prometheus cannot be asked. */
  onUnreachable: z.enum(['firing', 'ignore']),
  /** So long a firing alert is waited for (ms). */
  patienceMs: z.number().int().nonnegative(),
});
export type AlertGate = z.infer<typeof alertGateSchema>;

/** An alert that holds the next wave. */
export const firingAlertSchema = z.object({
  name: z.string(),
  /** ISO 8601, as Prometheus has it. */
  since: z.string().optional(),
  /** Its other labels, `namespace=kube-system, severity=critical`. */
  labels: z.string(),
  /** Annotation `summary`, or `description`. */
  summary: z.string().optional(),
});
export type FiringAlert = z.infer<typeof firingAlertSchema>;

/** What came of looking at the alerts. */
export const alertVerdictSchema = z.object({
  /** Whether nothing holds the next wave. */
  clear: z.boolean(),
  /** The last look; at most 20 of them are named. */
  firing: z.array(firingAlertSchema),
  /** How many there are that hold. */
  count: z.number().int(),
  /** Why Prometheus could not be asked the last time, as the end of a sentence; absent where it could. */
  unreachable: z.string().optional(),
});
export type AlertVerdict = z.infer<typeof alertVerdictSchema>;

/** `firing of KubeAPIErrorBudgetBurn, NodeNotReady (https://prometheus.example.com); unreachable counts as firing`. */
export function describeAlertGate({ names, url, onUnreachable }: AlertGate): string {
  const away = onUnreachable === 'firing' ? 'counts as firing' : 'is ignored';
  return `${names.join(', ')} at ${url}, which ${away} where it cannot be reached`;
}

/** What holds the next wave, in a sentence without its full stop. */
export function describeVerdict({ firing, count, unreachable }: AlertVerdict): string {
  if (unreachable !== undefined) return `Prometheus cannot be asked for alerts: ${unreachable}`;
  const named = firing.slice(0, 3).map(({ name, labels }) => (labels === '' ? name : `${name} (${labels})`));
  const more = count > named.length ? ` and ${count - named.length} more` : '';
  return count === 0 ? 'no alert is firing' : `firing: ${named.join('; ')}${more}`;
}
