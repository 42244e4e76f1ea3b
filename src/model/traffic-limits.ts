import type { Plan } from './plan.ts';
import { probeLimitsFact } from './plan-probe-facts.ts';
import type { ProbePathName } from './probe-plan.ts';
import type { Traffic } from './probe-report.ts';
import { readableGap } from './readable.ts';
import { someOf } from './some-of.ts';
import { isMeasured, type NodePath, nodePaths } from './traffic-paths.ts';

/** Of what is beyond the limits so much is told in a terminal and in a ticket. */
const MOST_LINES = 10;

/** A path of a node that was worse over the whole run than what the plan accepts. */
export interface BeyondLimit {
  node: string;
  path: ProbePathName;
  /** `4 s without an answer, accepted 2.3 s`. */
  what: string;
  /** Whether it was seen, or is only not known to be otherwise. */
  known: boolean;
}

/**
 * What of a run is beyond the limits of its plan; undefined where it has none. This is of the whole run, its way back included: the run
 * itself judges each look on its way forward.
 */
export function beyondLimits(traffic: Traffic): BeyondLimit[] | undefined {
  const { longestGapMs, lostConnections } = traffic.probe.limits;
  if (longestGapMs === undefined && lostConnections === undefined) return undefined;
  return nodePaths(traffic)
    .filter(isMeasured)
    .flatMap((path) => [
      ...(longestGapMs === undefined ? [] : gapBeyond(path, longestGapMs, traffic)),
      ...(lostConnections === undefined ? [] : lostBeyond(path, lostConnections)),
    ]);
}

function gapBeyond(
  { node, path, longestGapMs, longestGapAtMostMs, baseline }: NodePath,
  more: number,
  { probe: { everyMs, timeoutMs } }: Traffic,
): BeyondLimit[] {
  const limit = (baseline?.longestGapMs ?? 0) + more;
  // As the run compares it: without the ends, which are not known more precisely than the interval.
  const notKnownToBeShorter = longestGapAtMostMs - everyMs - (path === 'held' ? timeoutMs : 0);
  const what = (ms: number) => `${readableGap(ms)} without an answer, accepted ${readableGap(limit)}`;
  if (longestGapMs > limit) return [{ node, path, what: what(longestGapMs), known: true }];
  if (notKnownToBeShorter > limit) return [{ node, path, what: `perhaps ${what(notKnownToBeShorter)}`, known: false }];
  return [];
}

function lostBeyond({ node, path, lost }: NodePath, limit: number): BeyondLimit[] {
  if (lost <= limit) return [];
  const connections = lost === 1 ? 'connection' : 'connections';
  const what = `${lost} ${connections} lost in all, accepted ${limit} from one look to the next`;
  return [{ node, path, what, known: true }];
}

/** The limits of the plan and what is beyond them, a line each. */
export function limitLines(traffic: Traffic, plan: Pick<Plan, 'kubeProxy'>): string[] {
  const beyond = beyondLimits(traffic);
  const limits = `Limits: ${probeLimitsFact({ ...plan, probe: traffic.probe })}`;
  if (beyond === undefined || traffic.run === undefined) return [limits];
  if (beyond.length === 0) return [limits, 'Beyond the limits: nothing, over the whole run'];
  const told = beyond.map(({ node, path, what }) => `Beyond the limits: ${node}, ${path}: ${what}`);
  return [limits, ...someOf(told, MOST_LINES)];
}
