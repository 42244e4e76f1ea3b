import type { Segment } from '../../model/probe.ts';
import type { ProbePathName } from '../../model/probe-plan.ts';
import { joinSights, type ProbeSight } from '../../model/probe-sight.ts';
import { endOf } from '../../probe/segment.ts';

/** A time that is looked at: what was told to the end after `from`, and by `to` (ms since the epoch). */
export interface LookedAt {
  path: ProbePathName;
  everyMs: number;
  from: number;
  to: number;
}

export interface SightOfSegments {
  sight: ProbeSight;
  /** Up to when it was told (ms since the epoch); before `to` where what comes last is not known. */
  toldUntil: number;
}

/**
 * What a path was like in a time, of the segments that were told of it, in the order in which they were told.
 *
 * A segment belongs to the time in which it ends, whole. So looks that follow each other see each segment once, whatever they
 * have read. What no segment covers is not known; of a clock that was set back, no time is added.
 */
export function sightOfSegments(segments: readonly Segment[], { path, everyMs, from, to }: LookedAt): SightOfSegments {
  let sight = nothing(path);
  let toldUntil = from;
  const miss = (until: number) => {
    const attempts = Math.round((Math.min(until, to) - toldUntil) / everyMs);
    if (attempts > 0) sight = joinSights(sight, notKnown(path, attempts));
  };
  for (const segment of segments) {
    const end = endOf(segment);
    if (end <= from) continue;
    miss(Date.parse(segment.from));
    // What comes next begins in this time at the latest: nothing of this time is missing beyond it.
    if (end > to) return { sight, toldUntil: to };
    sight = joinSights(sight, seen(path, segment));
    toldUntil = Math.max(toldUntil, end);
  }
  miss(to);
  return { sight, toldUntil };
}

function nothing(path: ProbePathName): ProbeSight {
  const none = { head: 0, tail: 0, longest: 0 };
  return { path, samples: { ok: 0, failed: 0, unknown: 0 }, failing: none, notOk: none, lost: 0 };
}

function notKnown(path: ProbePathName, unknown: number): ProbeSight {
  const runs = { head: unknown, tail: unknown, longest: unknown };
  return { ...nothing(path), samples: { ok: 0, failed: 0, unknown }, notOk: runs };
}

function seen(path: ProbePathName, segment: Segment): ProbeSight {
  const { ok, failed, unknown, failing, notOk, lost, outages, everyMs } = segment;
  const [worst] = outages.toSorted((one, other) => other.failed - one.failed);
  const at = (attempt: number) => new Date(Date.parse(segment.from) + attempt * everyMs).toISOString();
  return {
    path,
    samples: { ok, failed, unknown },
    failing,
    notOk,
    lost,
    ...(worst ? { worst: { at: at(worst.first), attempts: worst.failed, error: worst.error } } : {}),
  };
}
