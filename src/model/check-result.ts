import { z } from 'zod';
import { checkCodeSchema, type Finding, findingSchema } from './finding.ts';

/** What a check is about; in the order in which a person reads them. */
export const categories = [
  'cluster',
  'platform',
  'nodes',
  'kube-proxy',
  'services',
  'calico',
  'ebpf',
  'handover',
  'probe',
] as const;
export const categorySchema = z.enum(categories);
export type Category = z.infer<typeof categorySchema>;

/**
 * What came of a check: its worst finding, or
 * - `ok`: it looked, and found nothing in the way;
 * - `unknown`: what it looks at could not be read, which counts as a blocker;
 * - `skipped`: it needs the cluster itself, and was given an export.
 */
export const checkVerdictSchema = z.enum(['ok', 'note', 'warning', 'blocker', 'unknown', 'skipped']);
export type CheckVerdict = z.infer<typeof checkVerdictSchema>;

/** One check that was made. */
export const checkResultSchema = z.object({
  code: checkCodeSchema,
  category: categorySchema,
  /** What is right when it finds nothing. */
  title: z.string(),
  /** Where it looks. */
  looksAt: z.string(),
  /** What it saw there, as evidence: `12 Linux nodes, kernels 5.15.0 to 6.8.0`. Absent where it could not look. */
  saw: z.string().optional(),
  verdict: checkVerdictSchema,
  findings: z.array(findingSchema),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

/** The worst of what a check found. */
export function verdictOf(findings: readonly Finding[]): CheckVerdict {
  if (findings.some(({ severity, unknown }) => severity === 'blocker' && !unknown)) return 'blocker';
  if (findings.some(({ severity }) => severity === 'blocker')) return 'unknown';
  if (findings.some(({ severity }) => severity === 'warning')) return 'warning';
  return findings.length > 0 ? 'note' : 'ok';
}
