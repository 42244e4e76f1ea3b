import { z } from 'zod';

/** `blocker` ends a run before anything is written; `warning` is shown and accepted with the approval; `note` informs. */
export const severitySchema = z.enum(['blocker', 'warning', 'note']);
export type Severity = z.infer<typeof severitySchema>;

const aCode = 'expected a code such as PXS001';
/** Stable code of a preflight check, `PXS001` and up. */
export const checkCodeSchema = z.string(aCode).regex(/^PXS\d{3}$/, aCode);

/** What one preflight check has to say. */
export const findingSchema = z.object({
  /** A section of docs/checks.md explains each code. */
  code: checkCodeSchema,
  severity: severitySchema,
  /** One sentence that stands alone. */
  message: z.string(),
  /** The objects concerned, as `Kind namespace/name`; all of them, however many. */
  objects: z.array(z.string()).default([]),
  /** What to do about it, in a sentence. */
  fix: z.string().optional(),
  /** A command that does it, or that shows what to look at. */
  command: z.string().optional(),
  /** What the check looks at could not be read: it says nothing about the cluster, and never passes. */
  unknown: z.literal(true).optional(),
  /** A blocker that whoever started the run set aside with `--ignore-checks`: a warning now. */
  ignored: z.literal(true).optional(),
});
export type Finding = z.infer<typeof findingSchema>;

/** The findings that end a run before anything is written. */
export function blockers(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.severity === 'blocker');
}
