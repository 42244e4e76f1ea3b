import { z } from 'zod';
import { type Plan, planHashSchema } from './plan.ts';
import { nodesOf } from './plan-nodes.ts';

/** One thing that another plan has otherwise. */
export const planDriftSchema = z.object({
  /** Where in the plan, as `nodes.node-03.mode`. */
  path: z.string(),
  /** Absent: it is new. */
  before: z.string().optional(),
  /** Absent: it is gone. */
  after: z.string().optional(),
});
export type PlanDrift = z.infer<typeof planDriftSchema>;

/** A plan that was offered because the cluster had changed after the plan before it was approved. */
export const planRevisionSchema = z.object({
  from: planHashSchema,
  to: planHashSchema,
  moved: z.array(planDriftSchema),
});
export type PlanRevision = z.infer<typeof planRevisionSchema>;

/** More than this many are counted instead of named: a cluster that was scaled up would fill the page. */
const MOST = 40;
/** So many characters of a value are shown. */
const LONGEST = 120;
/** Of a long value, so many of those before the first difference. */
const LEAD = 40;

/**
 * What moved between two plans, for the person who is asked to approve the second one. Nodes, objects and findings are
 * compared by name, not by place: one node more does not move all others.
 */
export function driftOf(before: Plan, after: Plan): PlanDrift[] {
  const [old, now] = [flatten(oneByOne(before)), flatten(oneByOne(after))];
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path)).sort();
  const drift = paths.slice(0, MOST).map((path): PlanDrift => {
    const [was, is] = excerpts(old.get(path), now.get(path));
    return { path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
  });
  if (paths.length > MOST) drift.push({ path: `and ${paths.length - MOST} more` });
  return drift;
}

/** With each node of its own: people ask what moved on a node. */
function oneByOne(plan: Plan): unknown {
  return { ...plan, nodes: nodesOf(plan) };
}

/** One drift as a line: `nodes.node-03.mode: ipvs → nftables`. */
export function describeDrift({ path, before, after }: PlanDrift): string {
  if (before === undefined && after === undefined) return path;
  if (before === undefined) return `${path}: ${after} (new)`;
  if (after === undefined) return `${path}: ${before} (gone)`;
  return `${path}: ${before} → ${after}`;
}

/** Two values, the long ones cut to where they begin to differ. */
function excerpts(was: string | undefined, is: string | undefined): [string | undefined, string | undefined] {
  let same = 0;
  if (was !== undefined && is !== undefined) while (same < was.length && was[same] === is[same]) same += 1;
  const cut = (text: string) => {
    if (text.length <= LONGEST) return text;
    const start = same < LONGEST - LEAD ? 0 : same - LEAD;
    return `${start > 0 ? '…' : ''}${short(text.slice(start))}`;
  };
  return [was === undefined ? was : cut(was), is === undefined ? is : cut(is)];
}

/** Every value of a plan by its path, each on one line. What has a name is found by it. */
function flatten(value: unknown, path = ''): Map<string, string> {
  if (Array.isArray(value)) {
    const named = value.map((item: unknown) => nameOf(item));
    if (value.length > 0 && named.every((name) => name !== undefined)) {
      return merge(value.map((item: unknown, index) => flatten(item, `${path}.${named[index]}`)));
    }
    return new Map([
      [path, value.map((item: unknown) => (Array.isArray(item) ? `[${item.join(', ')}]` : onOneLine(item))).join(', ')],
    ]);
  }
  if (typeof value === 'object' && value !== null) {
    const inner = Object.entries(value).map(([key, item]) => flatten(item, path === '' ? key : `${path}.${key}`));
    return merge(inner);
  }
  return new Map([[path, onOneLine(value)]]);
}

/** What tells an item of a list from the others: a node's name, an object, a finding's code with its message. */
function nameOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  const [name, object, code, message]: unknown[] = ['name', 'object', 'code', 'message'].map((key) =>
    Reflect.get(item, key),
  );
  if (typeof code === 'string') return `${code} ${short(message)}`;
  return [name, object].find((candidate) => typeof candidate === 'string');
}

function merge(maps: readonly Map<string, string>[]): Map<string, string> {
  return new Map(maps.flatMap((map) => [...map]));
}

function short(value: unknown): string {
  const line = onOneLine(value);
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

function onOneLine(value: unknown): string {
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
  return text.split('\n').join(' ⏎ ');
}
