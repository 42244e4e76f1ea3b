import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sightOfSegments } from '../../../src/cluster/probe/sight-of-segments.ts';
import type { ProbeAnswer, Segment } from '../../../src/model/probe.ts';
import { joinSights, samplesOf } from '../../../src/model/probe-sight.ts';
import { endOf } from '../../../src/probe/segment.ts';
import { PathTally } from '../../../src/probe/tally.ts';

const EVERY = 100;
const begin = Date.parse('2026-11-28T22:00:00Z');
const path = 'cluster-ip';

const answers = fc.array(fc.constantFrom<ProbeAnswer>('ok', 'ok', 'failed', 'unknown'), {
  minLength: 1,
  maxLength: 60,
});
/** What follows each other without a hole, and a hole of so many intervals before each but the first. */
const parts = fc.array(fc.record({ answers, hole: fc.integer({ min: 0, max: 20 }) }), { minLength: 1, maxLength: 6 });

function told(all: readonly { answers: readonly ProbeAnswer[]; hole: number }[]): Segment[] {
  const segments: Segment[] = [];
  let from = begin;
  for (const part of all) {
    if (segments.length > 0) from += part.hole * EVERY;
    const tally = new PathTally('tcp://10.0.0.1:80', EVERY, from);
    for (const answer of part.answers) tally.add({ answer, error: 'timed out' });
    const segment = tally.take();
    segments.push(segment);
    from = endOf(segment);
  }
  return segments;
}

const lookedAt = (from: number, to: number) => ({ path, everyMs: EVERY, from, to }) as const;
const last = (segments: readonly Segment[]) => endOf(segments.at(-1) as Segment);

describe('looks that follow each other', () => {
  it('add up to one look at the whole time, wherever it is divided', () => {
    fc.assert(
      fc.property(parts, fc.array(fc.nat({ max: 400 }), { maxLength: 8 }), (all, cuts) => {
        const segments = told(all);
        const end = last(segments);
        const times = [...new Set(cuts.map((cut) => begin + cut * EVERY))].filter((time) => time < end).sort();
        const whole = sightOfSegments(segments, lookedAt(begin, end)).sight;
        const looks = [...times, end].map((to, index) =>
          lookedAt(index === 0 ? begin : (times[index - 1] ?? begin), to),
        );
        const joined = looks.map((look) => sightOfSegments(segments, look).sight).reduce(joinSights);
        expect({ ...joined, worst: undefined }).toEqual({ ...whole, worst: undefined });
      }),
    );
  });

  it('see each segment once, though each has read only a part of the log', () => {
    fc.assert(
      fc.property(parts, fc.nat({ max: 400 }), (all, cut) => {
        const segments = told(all);
        const [middle, end] = [begin + cut * EVERY, last(segments)];
        if (middle >= end) return;
        const read = segments.filter((segment) => endOf(segment) > middle);
        const whole = sightOfSegments(segments, lookedAt(middle, end));
        expect(sightOfSegments(read, lookedAt(middle, end))).toEqual(whole);
      }),
    );
  });

  it('have an attempt for each interval, told or not', () => {
    fc.assert(
      fc.property(parts, fc.nat({ max: 100 }), (all, beyond) => {
        const segments = told(all);
        const to = last(segments) + beyond * EVERY;
        const { sight, toldUntil } = sightOfSegments(segments, lookedAt(begin, to));
        expect(samplesOf(sight)).toBe((to - begin) / EVERY);
        expect(toldUntil).toBe(last(segments));
      }),
    );
  });
});

describe('what is not told', () => {
  const [segment] = told([{ answers: Array<ProbeAnswer>(50).fill('ok'), hole: 0 }]) as [Segment];

  it('is not known: nothing at all, the end, the beginning', () => {
    expect(sightOfSegments([], lookedAt(begin, begin + 1_000))).toMatchObject({
      sight: { samples: { ok: 0, failed: 0, unknown: 10 }, notOk: { longest: 10 }, failing: { longest: 0 } },
      toldUntil: begin,
    });
    const late = sightOfSegments([segment], lookedAt(begin - 2_000, begin + 8_000));
    expect(late).toMatchObject({ sight: { samples: { ok: 50, unknown: 50 } }, toldUntil: begin + 5_000 });
  });

  it('ends where a segment begins that belongs to the next look', () => {
    expect(sightOfSegments([segment], lookedAt(begin - 1_000, begin + 3_000))).toMatchObject({
      sight: { samples: { ok: 0, failed: 0, unknown: 10 } },
      toldUntil: begin + 3_000,
    });
  });

  it('is no time that a clock was set back by', () => {
    const back = { ...segment, from: new Date(begin + 3_000).toISOString() };
    expect(sightOfSegments([segment, back], lookedAt(begin, begin + 8_000)).sight.samples).toEqual({
      ok: 100,
      failed: 0,
      unknown: 0,
    });
  });
});

it('the longest time without an answer is told with when it began, and why', () => {
  const answers: ProbeAnswer[] = ['ok', 'failed', 'ok', 'failed', 'failed', 'failed', 'ok'];
  const { sight } = sightOfSegments(told([{ answers, hole: 0 }]), lookedAt(begin, begin + 700));
  expect(sight.worst).toEqual({ at: '2026-11-28T22:00:00.300Z', attempts: 3, error: 'timed out' });
});
