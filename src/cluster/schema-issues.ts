import type { z } from 'zod';

/**
 * The issues of a zod error as one sentence a person can act on: the path of each field, what is there, and what is
 * accepted: `clusters.prod.rollout.soak is "soon": expected a time span such as "10m"`.
 *
 * @param written the value that was parsed, from which the bad parts are quoted
 */
export function describeIssues(error: z.ZodError, written: unknown): string {
  return error.issues.map((issue) => describeIssue(issue, written)).join('; ');
}

function describeIssue(issue: z.core.$ZodIssue, written: unknown): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${path ? `${path}.` : ''}${key}"`).join(', ');
    return `${keys} is not a known field`;
  }
  if (issue.code === 'invalid_key') {
    return `the name "${String(issue.path.at(-1))}" is not accepted: ${issue.issues[0]?.message ?? issue.message}`;
  }
  const value = issue.path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    written,
  );
  const message = innerMessage(issue).replace(/^Invalid input: /, '');
  if (value === undefined) return `${path || 'the file'} is missing (${message})`;
  return `${path || 'the file'} is ${quote(value)}: ${message}`;
}

/** A union fails once for each member: the one about the format of a string says the most. */
function innerMessage(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const inner = issue.errors.flat();
  return (inner.find((i) => i.code === 'invalid_format' || i.code === 'too_small') ?? inner[0] ?? issue).message;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
