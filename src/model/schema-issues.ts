import type { z } from 'zod';
import { accepted } from './accepted.ts';
import { quote } from './quote.ts';

/** So many issues are told; the others are counted. */
const MOST_ISSUES = 10;

/** What was read, or everything that is wrong with it in one sentence without its full stop. */
export type ParsedInput<T> = { success: true; data: T } | { success: false; issues: string };

export interface ParseInputOptions {
  /** What the value as a whole is called where it is wrong itself: `the file`, `the payload of approve`. */
  whole: string;
  /** Where the value of a field is written, as ` (line 3, column 7)`; empty where that is not known. */
  place?: (path: readonly PropertyKey[]) => string;
}

/**
 * Reads what came from outside. What is wrong with it is told so that a person can act on it, for each field: its path,
 * what is there, and what is accepted: `clusters.prod.rollout.soak is "soon": expected a time span such as "10m"`.
 */
export function parseInput<S extends z.ZodType>(
  schema: S,
  written: unknown,
  options: ParseInputOptions,
): ParsedInput<z.output<S>> {
  const parsed = schema.safeParse(written, { error: accepted });
  if (parsed.success) return parsed;
  return { success: false, issues: join(parsed.error.issues.map((issue) => describeIssue(issue, written, options))) };
}

/** The issues of a zod error where what was read is not at hand: path and reason of each, on one line. */
export function describeIssues({ issues }: z.ZodError): string {
  return join(issues.map(({ path, message }) => (path.length > 0 ? `${fieldName(path)}: ${message}` : message)));
}

function join(issues: readonly string[]): string {
  const rest = issues.length - MOST_ISSUES;
  return [...issues.slice(0, MOST_ISSUES), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}

function describeIssue(issue: z.core.$ZodIssue, written: unknown, { whole, place }: ParseInputOptions): string {
  const { path, message } = issue;
  if (issue.code === 'unrecognized_keys') {
    const inside = path.length > 0 ? `${fieldName(path)}.` : '';
    const keys = issue.keys.slice(0, MOST_ISSUES).map((key) => quote(`${inside}${key}`));
    const rest = issue.keys.length - keys.length;
    const all = `${keys.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
    return `${all} ${issue.keys.length === 1 ? 'is not a known field' : 'are not known fields'}: ${message}`;
  }
  if (issue.code === 'invalid_key') {
    return `${fieldName(path.slice(0, -1)) || whole} has the name ${quote(path.at(-1))}: ${message}`;
  }
  const field = fieldName(path) || whole;
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    written,
  );
  if (path.length === 0 && (value === undefined || value === null)) return `${field} is empty: ${message}`;
  if (value === undefined) return `${field} is missing: ${message}`;
  return `${field} is ${quote(value)}${place?.(path) ?? ''}: ${message}`;
}

/** `clusters.prod.approval.approvers[0]`; a name that is not plain is quoted, `metadata.labels["a b"]`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.map(step).join('').replace(/^\./, '');
}

function step(key: PropertyKey): string {
  if (typeof key === 'number') return `[${key}]`;
  const name = String(key);
  return /^[\w./-]{1,80}$/.test(name) ? `.${name}` : `[${quote(name)}]`;
}
