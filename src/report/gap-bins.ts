import type { Traffic } from '../model/probe-report.ts';
import { readableGap } from '../model/readable.ts';
import { isMeasured } from '../model/traffic-paths.ts';

/** Nodes whose longest gap was about the same. */
export interface GapBin {
  /** `none seen`, `up to 500 ms`. */
  name: string;
  /** So many nodes during the run. */
  during: number;
  /** So many before it. */
  before: number;
}

/** Nodes by the longest time without an answer on any of their paths, during the run and before it; those that are not told one by one are in none. */
export function gapBins({ nodes }: Pick<Traffic, 'nodes'>): GapBin[] {
  const during = nodes.map(({ paths }) => longestOf(paths));
  const before = nodes.map(({ paths }) => longestOf(paths.flatMap(({ baseline }) => baseline ?? [])));
  const seen = [...during, ...before].flatMap((ms) => (ms !== undefined && ms > 0 ? [ms] : []));
  const bin = (name: string, holds: (ms: number | undefined) => boolean): GapBin => ({
    name,
    during: during.filter(holds).length,
    before: before.filter(holds).length,
  });
  const edges = edgesOf(seen);
  const unknown = bin('not known', (ms) => ms === undefined);
  return [
    bin('none seen', (ms) => ms === 0),
    ...edges.map((edge, index) =>
      bin(`up to ${readableGap(edge)}`, (ms) => ms !== undefined && ms > (edges[index - 1] ?? 0) && ms <= edge),
    ),
    ...(unknown.during + unknown.before > 0 ? [unknown] : []),
  ];
}

function longestOf(
  paths: readonly { samples: Traffic['nodes'][number]['paths'][number]['samples']; longestGapMs: number }[],
) {
  const known = paths.filter(isMeasured);
  return known.length === 0 ? undefined : Math.max(...known.map(({ longestGapMs }) => longestGapMs));
}

/** 1, 2, 5, 10, … ms: those that what was seen (ms) lies between. */
function edgesOf(seen: readonly number[]): number[] {
  if (seen.length === 0) return [];
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const edges: number[] = [];
  for (let power = 1; (edges.at(-1) ?? 0) < most; power *= 10)
    for (const edge of [power, 2 * power, 5 * power]) if (edge >= least && (edges.at(-1) ?? 0) < most) edges.push(edge);
  return edges;
}
