import type { Observation } from './traffic.ts';

/** What one node's client saw on one path, from one instant to another. */
export interface PathResult {
  node: string;
  path: string;
  attempts: number;
  failed: number;
  /** Failed while the client itself did not run: not known, and not fine. */
  unknown: number;
  /** The longest time between the ends of two answers that follow each other, the limits included (ms). */
  longestGapMs: number;
  /** Of held connections: how many broke. */
  broken: number;
  errors: Record<string, number>;
  /** When attempts that failed began (ms since the epoch), the first fifty. */
  failedAt: number[];
}

/** Attempts by node and path, with gaps. */
export function judge(seen: ReadonlyMap<string, readonly Observation[]>, from: number, to: number): PathResult[] {
  return [...seen].flatMap(([node, all]) =>
    [...Map.groupBy(all, ({ path }) => path)].map(([path, lines]) => {
      const isHeld = path.endsWith(' held');
      const asked = lines.filter(({ opened }) => !opened);
      const errors = asked.filter(({ error }) => error !== undefined);
      const failures = errors.filter(({ stalled }) => !stalled);
      const answers = asked
        .filter(({ error }) => error === undefined)
        .map(({ at, ms }) => at + ms)
        .sort((a, b) => a - b);
      const ends = [from, ...answers.filter((at) => at >= from && at <= to), to];
      const gaps = ends.slice(1).map((at, index) => at - (ends[index] ?? at));
      return {
        node,
        path,
        attempts: asked.length,
        failed: failures.length,
        unknown: errors.length - failures.length,
        longestGapMs: Math.max(...gaps),
        broken: isHeld ? failures.length : 0,
        errors: Object.fromEntries(
          [...Map.groupBy(failures, ({ error = '' }) => error)].map(([error, of]) => [error, of.length]),
        ),
        failedAt: failures.map(({ at }) => at).slice(0, 50),
      };
    }),
  );
}

/** The middle value, and the largest. */
export function medianAndWorst(values: readonly number[]): { median: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor((sorted.length - 1) / 2);
  const upper = sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0;
  return { median: ((sorted[middle] ?? 0) + upper) / 2, worst: sorted.at(-1) ?? 0 };
}
