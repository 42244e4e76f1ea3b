import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ProbeAnswer, type Segment, segmentSchema } from '../../src/model/probe.ts';
import { endOf, joinSegments, MOST_OUTAGES } from '../../src/probe/segment.ts';
import { PathTally } from '../../src/probe/tally.ts';
import { verdictOf } from '../../src/probe/verdict.ts';

const from = Date.parse('2026-11-28T22:00:00Z');
const answers = fc.array(fc.constantFrom<ProbeAnswer>('ok', 'ok', 'failed', 'unknown'), {
  minLength: 1,
  maxLength: 80,
});

/** The attempts in segments: a new one is begun after each of these numbers. */
function inSegments(all: readonly ProbeAnswer[], cuts: ReadonlySet<number>): Segment[] {
  const tally = new PathTally('a', 100, from);
  const segments: Segment[] = [];
  all.forEach((answer, number) => {
    tally.add({ answer, error: `error ${number % 3}` });
    if (number % 7 === 0) tally.lose();
    if (cuts.has(number)) segments.push(tally.take());
  });
  return [...segments, tally.take()];
}

const joined = ([first, ...others]: readonly Segment[]) => {
  if (first === undefined) throw new Error('no segment');
  return others.reduce(joinSegments, first);
};
const verdict = (answer: ProbeAnswer, times: number, begin = from) => {
  const tally = new PathTally('a', 100, begin);
  for (let n = 0; n < times; n += 1) tally.add({ answer });
  return tally.take();
};

describe('segments', () => {
  it('add up to what is said of all attempts at once, wherever they are cut', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.nat(79)), (all, cuts) => {
        const segments = inSegments(all, new Set(cuts));
        for (const segment of segments) expect(segmentSchema.parse(segment)).toEqual(segment);
        expect(joined(segments)).toEqual(joined(inSegments(all, new Set())));
      }),
    );
  });

  it('add up the same in whatever way they are put together', () => {
    fc.assert(
      fc.property(answers, fc.nat(79), fc.nat(79), (all, one, other) => {
        const [a, b, c] = inSegments(all, new Set([one, other]));
        if (!a || !b || !c) return;
        expect(joinSegments(joinSegments(a, b), c)).toEqual(joinSegments(a, joinSegments(b, c)));
      }),
    );
  });

  it('that do not follow each other: what was due between them is not known', () => {
    const before = verdict('ok', 10);
    const both = joinSegments(before, verdict('ok', 10, endOf(before) + 3_000));
    expect(verdictOf(both)).toMatchObject({
      samples: { ok: 20, failed: 0, unknown: 30 },
      longestGapMs: 0,
      longestGapAtMostMs: 3_100,
    });
  });

  it('join an outage that goes on, and not two that are apart', () => {
    const away = verdict('failed', 5);
    expect(joinSegments(away, verdict('failed', 5, endOf(away))).outages).toEqual([
      { first: 0, failed: 10, error: 'failed' },
    ]);
    expect(joinSegments(away, verdict('failed', 5, endOf(away) + 1_000)).outages).toHaveLength(2);
  });

  it('of a clock that was set back overlap, and no time is counted twice or lost', () => {
    const before = verdict('failed', 10);
    const both = joinSegments(before, verdict('ok', 10, from));
    expect(verdictOf(both)).toMatchObject({ samples: { ok: 10, failed: 10, unknown: 0 }, longestGapMs: 1_000 });
  });

  it('keep the first outages only', () => {
    const tally = new PathTally('a', 100, from);
    for (let n = 0; n < 3 * MOST_OUTAGES; n += 1) tally.add({ answer: n % 2 === 0 ? 'failed' : 'ok' });
    const many = tally.take();
    expect(joinSegments(many, many)).toMatchObject({ failed: 3 * MOST_OUTAGES, outages: { length: MOST_OUTAGES } });
  });
});
