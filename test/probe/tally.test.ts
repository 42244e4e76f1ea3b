import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PathVerdict, ProbeAnswer } from '../../src/model/probe.ts';
import { pathVerdictSchema } from '../../src/model/probe.ts';
import { InOrder } from '../../src/probe/in-order.ts';
import { type Answered, PathTally } from '../../src/probe/tally.ts';
import { verdictOf } from '../../src/probe/verdict.ts';

const startedAt = Date.parse('2026-11-28T22:00:00Z');
const short: Record<string, ProbeAnswer> = { o: 'ok', x: 'failed', u: 'unknown' };

/** `oxxo`: one letter an attempt. */
function tallied(letters: string, everyMs = 100): PathVerdict {
  const tally = new PathTally('tcp://192.0.2.1:80', everyMs, startedAt);
  for (const letter of letters) tally.add({ answer: short[letter] ?? 'ok', error: 'timeout' });
  return verdictOf(tally.take());
}

describe('what was seen of a path', () => {
  it('has no gap, but one that is too short to be seen', () => {
    expect(tallied('oooo')).toMatchObject({
      samples: { ok: 4, failed: 0, unknown: 0 },
      longestGapMs: 0,
      longestGapAtMostMs: 100,
      failedMs: 0,
      outages: [],
      from: '2026-11-28T22:00:00.000Z',
      to: '2026-11-28T22:00:00.400Z',
    });
  });

  it('has the longest of its gaps, and the time of all of them', () => {
    const verdict = tallied('oxoxxxoo');
    expect(verdict).toMatchObject({
      longestGapMs: 300,
      longestGapAtMostMs: 400,
      failedMs: 400,
      errors: { timeout: 4 },
    });
    expect(verdict.outages).toEqual([
      { from: '2026-11-28T22:00:00.100Z', ms: 100, failed: 1, error: 'timeout' },
      { from: '2026-11-28T22:00:00.300Z', ms: 300, failed: 3, error: 'timeout' },
    ]);
    expect(pathVerdictSchema.parse(verdict)).toEqual(verdict);
  });

  it('is not known while nobody asked: that may have been a gap, and joins those beside it', () => {
    expect(tallied('oxxuuuxo')).toMatchObject({ longestGapMs: 200, longestGapAtMostMs: 700, failedMs: 300 });
    expect(tallied('ouuuo')).toMatchObject({ longestGapMs: 0, longestGapAtMostMs: 400, failedMs: 0 });
  });

  it('of a held connection may have been away for as long as an answer may be late', () => {
    const tally = new PathTally('held://192.0.2.1:80', 100, startedAt, 900);
    tally.add({ answer: 'ok' });
    expect(verdictOf(tally.take())).toMatchObject({ longestGapMs: 0, longestGapAtMostMs: 1_000 });
  });

  it('keeps the first hundred outages, and counts all', () => {
    const verdict = tallied('xo'.repeat(300));
    expect(verdict.outages).toHaveLength(100);
    expect(verdict.samples.failed).toBe(300);
  });
});

/** Faults that do not touch each other, each longer than nothing, all within a time of attempts. */
const faults = fc
  .record({
    everyMs: fc.integer({ min: 20, max: 1_000 }),
    spans: fc.array(
      fc.record({ pause: fc.integer({ min: 2_001, max: 9_000 }), length: fc.integer({ min: 1, max: 20_000 }) }),
      {
        minLength: 1,
        maxLength: 8,
      },
    ),
  })
  .map(({ everyMs, spans }) => {
    let at = 0;
    const all = spans.map(({ pause, length }) => {
      const from = at + pause;
      at = from + length;
      return { from, to: at };
    });
    return { everyMs, spans: all, attempts: Math.ceil((at + 2_001) / everyMs) + 1 };
  });

const isAway = (spans: readonly { from: number; to: number }[], at: number) =>
  spans.some(({ from, to }) => at >= from && at < to);

describe('faults of known length', () => {
  it('are measured to within one interval, each of them', () => {
    fc.assert(
      fc.property(faults, ({ everyMs, spans, attempts }) => {
        const tally = new PathTally('a', everyMs, 0);
        for (let n = 0; n < attempts; n += 1) tally.add({ answer: isAway(spans, n * everyMs) ? 'failed' : 'ok' });
        const { outages, longestGapMs, longestGapAtMostMs } = verdictOf(tally.take());
        for (const { from, to } of spans) {
          const seen = outages.find((outage) => {
            const begin = Date.parse(outage.from);
            return begin >= from && begin < to;
          });
          expect(Math.abs((seen?.ms ?? 0) - (to - from))).toBeLessThan(everyMs);
        }
        const longest = Math.max(...spans.map(({ from, to }) => to - from));
        expect(longestGapMs).toBeLessThan(longest + everyMs);
        expect(longestGapAtMostMs).toBeGreaterThan(longest - 1e-9);
      }),
    );
  });

  it('are never told shorter than they may have been, whatever was not seen of them', () => {
    fc.assert(
      fc.property(faults, fc.infiniteStream(fc.boolean()), ({ everyMs, spans, attempts }, blind) => {
        const tally = new PathTally('a', everyMs, 0);
        for (let n = 0; n < attempts; n += 1) {
          const answer = isAway(spans, n * everyMs) ? 'failed' : 'ok';
          tally.add({ answer: blind.next().value ? 'unknown' : answer });
        }
        const longest = Math.max(...spans.map(({ from, to }) => to - from));
        const { longestGapMs, longestGapAtMostMs, samples } = verdictOf(tally.take());
        expect(longestGapMs).toBeLessThan(longest + everyMs);
        expect(longestGapAtMostMs).toBeGreaterThan(longest - 1e-9);
        expect(samples.ok + samples.failed + samples.unknown).toBe(attempts);
      }),
    );
  });

  it('are the same in whatever order the answers come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom<ProbeAnswer>('ok', 'failed', 'unknown'), { minLength: 1, maxLength: 60 }),
        fc.infiniteStream(fc.nat()),
        (answers, random) => {
          const verdictIn = (order: number[]) => {
            const tally = new PathTally('a', 100, startedAt);
            const inOrder = new InOrder<Answered>((answered) => tally.add(answered));
            for (const n of order) inOrder.add(n, { answer: answers[n] ?? 'ok' });
            return verdictOf(tally.take());
          };
          const given = answers.map((_, n) => n);
          const keys = given.map(() => random.next().value);
          const shuffled = [...given].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
          expect(verdictIn(shuffled)).toEqual(verdictIn(given));
        },
      ),
    );
  });
});
