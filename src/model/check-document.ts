import { z } from 'zod';
import { type CheckResult, type CheckVerdict, categories, categorySchema, checkVerdictSchema } from './check-result.ts';
import { checkCodeSchema, findingSchema } from './finding.ts';
import { EXIT_COULD_NOT_RUN } from './outcome.ts';
import { targets } from './request.ts';

/** How many checks ended how. */
export const checkCountsSchema = z.record(checkVerdictSchema, z.int().nonnegative());
export type CheckCounts = z.infer<typeof checkCountsSchema>;

/** What `proxyshift check -o json` prints, in one document. */
export const checkDocumentSchema = z.strictObject({
  /** Name in clusters.yaml, or the folder of an export. */
  cluster: z.string(),
  /** uid of the namespace kube-system; absent where an export does not have it. */
  uid: z.string().optional(),
  /** `export`: objects in a folder. What asks a cluster was skipped then. */
  source: z.enum(['cluster', 'export']),
  target: z.enum(targets),
  /** Nothing in the way: no blocker, and nothing unknown. */
  success: z.boolean(),
  /** 0: fine, or warnings; 1: blockers; 2: nothing is known to be in the way, but not everything could be looked at. */
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(EXIT_COULD_NOT_RUN)]),
  counts: checkCountsSchema,
  categories: z.array(
    z.strictObject({
      categoryName: categorySchema,
      checks: z.array(
        z.strictObject({
          code: checkCodeSchema,
          /** What is right where the check finds nothing. */
          title: z.string(),
          result: checkVerdictSchema,
          looksAt: z.string(),
          /** The evidence; absent where it could not look. */
          saw: z.string().optional(),
          findings: z.array(findingSchema),
          /** Where the code is explained. */
          docs: z.string(),
        }),
      ),
    }),
  ),
  /** Codes of `--ignore-checks`, sorted. Their blockers are warnings, marked as ignored. */
  ignoredChecks: z.array(checkCodeSchema),
  /** Processes and logs were looked at on some of the nodes. Absent: on all, or on none. */
  sampled: z.strictObject({ nodes: z.int().positive(), of: z.int().positive() }).optional(),
});
export type CheckDocument = z.infer<typeof checkDocumentSchema>;
export type CheckedItem = CheckDocument['categories'][number]['checks'][number];

/** What the results alone do not say. */
export interface CheckedSubject
  extends Pick<CheckDocument, 'cluster' | 'source' | 'target' | 'ignoredChecks' | 'sampled'> {
  /** Empty: not known. */
  uid: string;
  docsOf: (check: Pick<CheckResult, 'code' | 'title'>) => string;
}

/** The results as one document, by category. */
export function checkDocument(
  results: readonly CheckResult[],
  { cluster, uid, source, target, ignoredChecks, sampled, docsOf }: CheckedSubject,
): CheckDocument {
  const counts = countVerdicts(results);
  const exitCode = exitCodeOfCounts(counts);
  return {
    cluster,
    ...(uid === '' ? {} : { uid }),
    source,
    target,
    success: exitCode === 0,
    exitCode,
    counts,
    categories: categories.flatMap((categoryName) => {
      const checks = results
        .filter(({ category }) => category === categoryName)
        .map(({ code, title, verdict, looksAt, saw, findings }) => ({
          code,
          title,
          result: verdict,
          looksAt,
          ...(saw === undefined ? {} : { saw }),
          findings,
          docs: docsOf({ code, title }),
        }));
      return checks.length > 0 ? [{ categoryName, checks }] : [];
    }),
    ignoredChecks: [...ignoredChecks],
    ...(sampled ? { sampled } : {}),
  };
}

function countVerdicts(results: readonly CheckResult[]): CheckCounts {
  const of = (wanted: CheckVerdict) => results.filter(({ verdict }) => verdict === wanted).length;
  return {
    ok: of('ok'),
    note: of('note'),
    warning: of('warning'),
    blocker: of('blocker'),
    unknown: of('unknown'),
    skipped: of('skipped'),
  };
}

function exitCodeOfCounts({ blocker, unknown }: CheckCounts): CheckDocument['exitCode'] {
  if (blocker > 0) return 1;
  return unknown > 0 ? EXIT_COULD_NOT_RUN : 0;
}

/** `2 blockers, 1 unknown, 3 warnings, 4 notes, 20 ok, 5 skipped`: what there is of each, worst first. */
export function countsLine(counts: CheckCounts): string {
  const several = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
  const parts: [number, string][] = [
    [counts.blocker, several(counts.blocker, 'blocker')],
    [counts.unknown, `${counts.unknown} unknown`],
    [counts.warning, several(counts.warning, 'warning')],
    [counts.note, several(counts.note, 'note')],
    [counts.ok, `${counts.ok} ok`],
    [counts.skipped, `${counts.skipped} skipped`],
  ];
  return parts
    .filter(([number]) => number > 0)
    .map(([, text]) => text)
    .join(', ');
}
