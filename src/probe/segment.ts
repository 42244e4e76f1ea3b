import { joinRuns, type Runs, type Segment } from '../model/probe.ts';

/** Outages that are kept one by one; more are counted. */
export const MOST_OUTAGES = 100;

/** No attempt yet. @param from when the first one is due (ms since the epoch) */
export function emptySegment(path: string, everyMs: number, from: number, slackMs = 0): Segment {
  return {
    path,
    from: new Date(from).toISOString(),
    everyMs,
    slackMs,
    ...{ ok: 0, failed: 0, unknown: 0 },
    failing: noRuns,
    notOk: noRuns,
    lost: 0,
    errors: {},
    outages: [],
  };
}

const noRuns: Runs = { head: 0, tail: 0, longest: 0 };

export function attemptsOf({ ok, failed, unknown }: Segment): number {
  return ok + failed + unknown;
}

/**
 * Two segments of a path as one. Where the second one begins later than the first one ends, since whoever asked was away, what
 * was due between is not known. Where it begins earlier, its clock was set back: no time is added, and none is taken away.
 */
export function joinSegments(first: Segment, second: Segment): Segment {
  const missing = Math.round((Date.parse(second.from) - endOf(first)) / first.everyMs);
  return missing > 0 ? adjoin(adjoin(first, notKnown(first, missing)), second) : adjoin(first, second);
}

/** When the attempt after the last one is due (ms since the epoch). */
export function endOf(segment: Segment): number {
  return Date.parse(segment.from) + attemptsOf(segment) * segment.everyMs;
}

function notKnown(after: Segment, attempts: number): Segment {
  const { path, everyMs, slackMs } = after;
  const runs = { head: attempts, tail: attempts, longest: attempts };
  return { ...emptySegment(path, everyMs, endOf(after), slackMs), unknown: attempts, notOk: runs };
}

function adjoin(first: Segment, second: Segment): Segment {
  const [before, after] = [attemptsOf(first), attemptsOf(second)];
  const errors = { ...first.errors };
  for (const [error, count] of Object.entries(second.errors)) errors[error] = (errors[error] ?? 0) + count;
  return {
    path: first.path,
    from: first.from,
    everyMs: first.everyMs,
    slackMs: Math.max(first.slackMs, second.slackMs),
    ok: first.ok + second.ok,
    failed: first.failed + second.failed,
    unknown: first.unknown + second.unknown,
    failing: joinRuns(first.failing, before, second.failing, after),
    notOk: joinRuns(first.notOk, before, second.notOk, after),
    lost: first.lost + second.lost,
    errors,
    outages: adjoinOutages(first.outages, before, second.outages),
  };
}

function adjoinOutages(first: Segment['outages'], before: number, second: Segment['outages']): Segment['outages'] {
  const later = second.map((outage) => ({ ...outage, first: outage.first + before }));
  const [last, next] = [first.at(-1), later[0]];
  const goesOn = last && next && next.first === before && last.first + last.failed === before;
  const all = goesOn
    ? [...first.slice(0, -1), { ...last, failed: last.failed + next.failed }, ...later.slice(1)]
    : [...first, ...later];
  return all.slice(0, MOST_OUTAGES);
}
