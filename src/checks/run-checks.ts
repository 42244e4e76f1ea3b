import pMap from 'p-map';
import { z } from 'zod';
import { type Category, type CheckResult, verdictOf } from '../model/check-result.ts';
import { Failure, type FailureKind } from '../model/failure.ts';
import type { Finding } from '../model/finding.ts';
import type { Target } from '../model/request.ts';
import { describeIssues } from '../model/schema-issues.ts';
import { checks } from './all.ts';
import { type Check, finding, type Seen } from './check.ts';
import type { ClusterFacts } from './facts.ts';

/** Checks that are made at once; what they read is shared. */
const CONCURRENCY = 8;

export interface RunChecksOptions {
  /** What the cluster is to be taken to. Default: nftables. */
  target?: Target | undefined;
  /** Codes whose blockers become warnings that are marked as ignored. See `checkedCodes`. */
  ignore?: readonly string[] | undefined;
  /** Only these categories; absent: all. */
  only?: readonly Category[] | undefined;
  /** Whether the facts are of a live cluster. Default true; of an export, live checks are skipped. */
  live?: boolean | undefined;
  /** Failures that are thrown on instead of becoming a finding: a caller that tries again wants them. Default none. */
  rethrow?: readonly FailureKind[] | undefined;
}

/**
 * Makes every check that fits, several at once, and gives their results in the order of `all.ts`.
 *
 * A check that cannot read what it looks at never passes: its finding is a blocker marked `unknown`, with the reason.
 *
 * @throws Failure of the kinds in `rethrow`; the reason of the cluster's signal
 */
export async function runChecks(facts: ClusterFacts, options: RunChecksOptions = {}): Promise<CheckResult[]> {
  const { target = 'nftables', only, live = true, ignore = [], rethrow = [] } = options;
  const wanted = checks.filter(
    (check) =>
      (check.target ?? target) === target &&
      (check.handover ?? facts.handover) === facts.handover &&
      (!check.probe || facts.probe !== undefined) &&
      (only === undefined || only.includes(check.category)),
  );
  const tried = await pMap(wanted, (check) => attempt(check, facts, { target, live, rethrow }), {
    concurrency: CONCURRENCY,
  });
  const told = new Map<unknown, string>();
  for (const { check, ...outcome } of tried) if ('fault' in outcome) told.set(outcome.fault, check.code);
  return tried.map(({ check, ...outcome }): CheckResult => {
    const { code, category, title, looksAt } = check;
    const base = { code, category, title, looksAt };
    if ('skipped' in outcome) return { ...base, verdict: 'skipped', findings: [] };
    const findings = ('error' in outcome ? [unreadFinding(code, outcome.error, told)] : outcome.findings).map(
      (found) => (ignore.includes(code) ? setAside(found) : found),
    );
    return { ...base, ...('saw' in outcome ? { saw: outcome.saw } : {}), verdict: verdictOf(findings), findings };
  });
}

type Outcome = { check: Check } & (Seen | { error: unknown } | { skipped: true });

async function attempt(
  check: Check,
  facts: ClusterFacts,
  { target, live, rethrow }: { target: Target; live: boolean; rethrow: readonly FailureKind[] },
): Promise<Outcome> {
  if (check.live && !live) return { check, skipped: true };
  try {
    return { check, ...(await check.run(facts, target)) };
  } catch (error) {
    if (error instanceof Failure && rethrow.includes(error.kind)) throw error;
    if (facts.signal?.aborted) throw error;
    return { check, error };
  }
}

/** Why a check could not be made. An error that several checks met, since they share what they read, is told once. */
function unreadFinding(code: string, error: unknown, told: Map<unknown, string>): Finding {
  const first = told.get(error);
  if (first !== undefined) {
    return { ...finding(code, 'blocker', `Not known, for the same reason as ${first}`), unknown: true };
  }
  told.set(error, code);
  if (error instanceof Failure) {
    const { object, hint } = error.details;
    const more = { objects: object ? [object] : [], ...(hint ? { fix: hint } : {}) };
    return { ...finding(code, 'blocker', `Not known: ${error.message}`, more), unknown: true };
  }
  const message =
    error instanceof z.ZodError
      ? `the cluster returned something unexpected: ${describeIssues(error)}`
      : `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
  return { ...finding(code, 'blocker', `Not known: ${message}`), unknown: true };
}

function setAside(found: Finding): Finding {
  return found.severity === 'blocker' ? { ...found, severity: 'warning', ignored: true } : found;
}

/** The findings of all results, in their order. */
export function findingsOf(results: readonly CheckResult[]): Finding[] {
  return results.flatMap(({ findings }) => findings);
}

/**
 * The codes of `--ignore-checks`, known and allowed.
 * @throws Failure `Invalid` for a code that no check has; `Refused` for one that cannot be set aside
 */
export function checkedCodes(codes: readonly string[]): string[] {
  for (const code of codes) {
    const check = checks.find((candidate) => candidate.code === code);
    if (check === undefined) {
      throw new Failure('Invalid', `There is no check "${code}"`, {
        hint: `The codes: ${checks.map((known) => known.code).join(', ')}`,
      });
    }
    if (check.essential) {
      throw new Failure(
        'Refused',
        `${code} (${check.title}) cannot be ignored: no plan could be made or proven without it`,
      );
    }
  }
  return [...new Set(codes)].sort();
}
