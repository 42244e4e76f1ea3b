import type { PathVerdict, Segment } from '../model/probe.ts';
import { endOf } from './segment.ts';

/**
 * What a segment says of its path. An attempt that failed stands for the interval that begins when it was due: an outage of
 * length L makes attempts fail whose first and last are less than one interval off its ends, so what is told is less than one
 * interval off L.
 */
export function verdictOf(segment: Segment): PathVerdict {
  const { path, from, everyMs, slackMs, ok, failed, unknown, failing, notOk, lost, errors, outages } = segment;
  const at = (attempt: number) => new Date(Date.parse(from) + attempt * everyMs).toISOString();
  return {
    path,
    from,
    to: new Date(endOf(segment)).toISOString(),
    resolutionMs: everyMs,
    samples: { ok, failed, unknown },
    failedMs: failed * everyMs,
    longestGapMs: failing.longest * everyMs,
    longestGapAtMostMs: (notOk.longest + 1) * everyMs + slackMs,
    lost,
    errors,
    outages: outages.map(({ first, failed: attempts, error }) => ({
      from: at(first),
      ms: attempts * everyMs,
      failed: attempts,
      error,
    })),
  };
}
