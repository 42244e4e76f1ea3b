import type { ProbePathName } from './probe-plan.ts';
import type { NodeTraffic, PathSummary, Traffic } from './probe-report.ts';

/** What one path of one node was like during the run, and before it. */
export interface NodePath extends PathSummary {
  node: string;
  baseline?: NonNullable<NodeTraffic['paths'][number]['baseline']> | undefined;
}

/** Every path of every node that is told one by one. The worst first: by the longest gap, then by what else was lost, then by what is not known. */
export function nodePaths({ nodes }: Pick<Traffic, 'nodes'>): NodePath[] {
  return nodes.flatMap(({ node, paths }) => paths.map((path) => ({ node, ...path }))).sort(worstFirst);
}

function worstFirst(one: PathSummary, other: PathSummary): number {
  return (
    other.longestGapMs - one.longestGapMs ||
    other.failedMs - one.failedMs ||
    other.lost - one.lost ||
    other.samples.unknown - one.samples.unknown
  );
}

/** Whether anything is known of it. */
export function isMeasured({ samples: { ok, failed } }: Pick<PathSummary, 'samples'>): boolean {
  return ok + failed > 0;
}

/** Whether there is something to look at: something was lost, or is not known. */
export function isOdd({ samples, lost }: Pick<PathSummary, 'samples' | 'lost'>): boolean {
  return samples.failed + samples.unknown + lost > 0 || samples.ok === 0;
}

/** The longest time without an answer on any path of any node during the run; undefined where none was seen. */
export function longestGapOf(
  traffic: Pick<Traffic, 'nodes'>,
): { node: string; path: ProbePathName; ms: number } | undefined {
  const [worst] = nodePaths(traffic);
  return worst && worst.longestGapMs > 0 ? { node: worst.node, path: worst.path, ms: worst.longestGapMs } : undefined;
}

/** Of one path on all nodes. */
export interface PathOnNodes extends Omit<PathSummary, 'longestGap'> {
  /** So many nodes, those of which nothing is known not among them. */
  nodes: number;
  /** The longest gap on any of them before the run (ms); undefined where that is not known. */
  baselineGapMs: number | undefined;
}

/**
 * Each path of the probe on all nodes that are told one by one: sums, and the longest of any node. A node of which nothing is known
 * says nothing of how long something was.
 */
export function pathsOnNodes({ probe, nodes }: Pick<Traffic, 'probe' | 'nodes'>): PathOnNodes[] {
  const all = Map.groupBy(nodePaths({ nodes }), ({ path }) => path);
  return probe.paths.flatMap((path) => {
    const given = all.get(path) ?? [];
    if (given.length === 0) return [];
    const measured = given.filter(isMeasured);
    const baselines = given.flatMap(({ baseline }) =>
      baseline && isMeasured(baseline) ? [baseline.longestGapMs] : [],
    );
    return {
      path,
      nodes: measured.length,
      samples: {
        ok: sum(given.map(({ samples }) => samples.ok)),
        failed: sum(given.map(({ samples }) => samples.failed)),
        unknown: sum(given.map(({ samples }) => samples.unknown)),
      },
      lost: sum(given.map(({ lost }) => lost)),
      failedMs: sum(given.map(({ failedMs }) => failedMs)),
      longestGapMs: Math.max(0, ...measured.map(({ longestGapMs }) => longestGapMs)),
      longestGapAtMostMs: Math.max(0, ...measured.map(({ longestGapAtMostMs }) => longestGapAtMostMs)),
      baselineGapMs: baselines.length > 0 ? Math.max(...baselines) : undefined,
    };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
