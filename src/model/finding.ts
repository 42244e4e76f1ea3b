import { z } from 'zod';

/** `blocker` ends a run before anything is written; `warning` is shown and accepted with the approval; `note` informs. */
export const severitySchema = z.enum(['blocker', 'warning', 'note']);
export type Severity = z.infer<typeof severitySchema>;

/** What one preflight check has to say. */
export const findingSchema = z.object({
  /** Stable code, `PXS001` and up; a section of docs/checks.md explains each. */
  code: z.string().regex(/^PXS\d{3}$/, 'a code such as PXS001'),
  severity: severitySchema,
  /** One sentence that stands alone. */
  message: z.string(),
  /** The objects concerned, as `Kind namespace/name`. */
  objects: z.array(z.string()).default([]),
  /** What to do about it; carries a command where there is one. */
  fix: z.string().optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** The findings that end a run before anything is written. */
export function blockers(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'blocker');
}
