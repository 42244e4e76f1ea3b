import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbePlan } from '../../src/model/probe-plan.ts';
import type { ProbeSight } from '../../src/model/probe-sight.ts';
import { TrafficTally } from '../../src/workflows/traffic-tally.ts';

const EVERY = 100;
const begin = Date.parse('2026-11-28T22:00:00Z');
type Answer = 'ok' | 'failed' | 'unknown';

const probe = (limits: ProbePlan['limits'] = {}): ProbePlan => ({
  image: 'registry.example.com/proxyshift:1',
  paths: ['held'],
  everyMs: EVERY,
  timeoutMs: 900,
  baselineMs: 1_000,
  limits,
});
const time = (from: number, to: number) => ({
  from: new Date(begin + from * EVERY).toISOString(),
  to: new Date(begin + to * EVERY).toISOString(),
});
const times = (n: number, answer: Answer): Answer[] => Array<Answer>(n).fill(answer);

/** Of attempts one by one, as the sight of them all. */
function sightOf(answers: readonly Answer[], lost = 0): ProbeSight {
  const count = (answer: Answer) => answers.filter((given) => given === answer).length;
  const first = answers.indexOf('failed');
  const failing = runsOf(answers, (answer) => answer === 'failed');
  return {
    path: 'held',
    samples: { ok: count('ok'), failed: count('failed'), unknown: count('unknown') },
    failing,
    notOk: runsOf(answers, (answer) => answer !== 'ok'),
    lost,
    ...(first < 0 ? {} : { worst: { at: time(first, 0).from, attempts: failing.longest, error: 'timeout' } }),
  };
}

function runsOf(answers: readonly Answer[], counts: (answer: Answer) => boolean) {
  const text = answers.map((answer) => (counts(answer) ? 'x' : '.')).join('');
  const length = (pattern: RegExp) => pattern.exec(text)?.[0].length ?? 0;
  const longest = Math.max(0, ...text.split('.').map((run) => run.length));
  return { head: length(/^x*/), tail: length(/x*$/), longest };
}

const look = (nodes: Record<string, ProbeSight>) => ({
  groups: Object.entries(nodes).map(([node, sight]) => ({ nodes: [node], paths: [sight] })),
  silent: [],
});

describe('what was lost in a run', () => {
  it('is the same however often it was looked at', () => {
    const answers = fc.array(fc.constantFrom<Answer>('ok', 'ok', 'failed', 'unknown'), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(answers, fc.array(fc.nat(60), { maxLength: 5 }), (all, cuts) => {
        const bounds = [...new Set([0, ...cuts.filter((cut) => cut < all.length), all.length])].sort((a, b) => a - b);
        const tally = new TrafficTally(probe());
        bounds.slice(1).forEach((to, index) => {
          const from = bounds[index] ?? 0;
          tally.add(look({ a: sightOf(all.slice(from, to)) }), time(from, to));
        });
        const whole = new TrafficTally(probe());
        whole.add(look({ a: sightOf(all) }), time(0, all.length));
        const [seen, wanted] = [tally, whole].map((one) => one.report().nodes[0]?.paths[0]);
        expect({ ...seen, longestGap: undefined }).toEqual({ ...wanted, longestGap: undefined });
        expect(tally.report().run).toEqual(whole.report().run);
        expect(tally.longestGap?.ms).toBe(whole.longestGap?.ms);
      }),
    );
  });

  it('is told beside the baseline, the worst node first, and never as shorter than it may have been', () => {
    const tally = new TrafficTally(probe());
    tally.addBaseline(look({ a: sightOf(times(10, 'ok')), b: sightOf(times(10, 'ok')) }), time(-10, 0));
    const b: Answer[] = ['ok', ...times(3, 'failed'), ...times(2, 'unknown'), 'ok'];
    tally.add(look({ a: sightOf(times(7, 'ok')), b: sightOf(b, 1) }), time(0, 7));
    const { nodes, baseline, run } = tally.report();
    expect([baseline, run]).toEqual([time(-10, 0), time(0, 7)]);
    expect(nodes.map(({ node }) => node)).toEqual(['b', 'a']);
    expect(nodes[0]?.paths).toMatchObject([
      // Of `held` an answer may be late by the time-out, and nothing is known more precisely than the interval.
      { failedMs: 300, longestGapMs: 300, longestGapAtMostMs: 600 + 900, lost: 1, baseline: { longestGapMs: 0 } },
    ]);
    expect(nodes[1]?.paths).toMatchObject([{ longestGapMs: 0, longestGapAtMostMs: 100 + 900 }]);
  });

  it('of very many nodes is told of the worst, and how bad the others were at most', () => {
    const tally = new TrafficTally(probe());
    const nodes = Object.fromEntries(
      Array.from({ length: 1_500 }, (_, n) => [`node-${n}`, sightOf([...times(n % 300, 'failed'), 'ok'])]),
    );
    tally.add(look(nodes), time(0, 300));
    const report = tally.report();
    expect(report.nodes).toHaveLength(200);
    expect(report.others).toEqual({ nodes: 1_300, longestGapMs: 259 * EVERY });
  });
});

describe('the limits of the plan', () => {
  it('accept so much more than the baseline had, on the same node and path', () => {
    const tally = new TrafficTally(probe({ longestGapMs: 500 }));
    tally.addBaseline(look({ a: sightOf(['ok', ...times(2, 'failed'), 'ok']) }), time(-4, 0));
    expect(tally.add(look({ a: sightOf([...times(7, 'failed'), 'ok']) }), time(0, 8))).toEqual([]);
    const beyond = tally.add(look({ a: sightOf([...times(8, 'failed'), 'ok']) }), time(8, 17));
    expect(beyond).toEqual([{ node: 'a', path: 'held', was: { gapMs: 800 }, limit: 700, known: true }]);
  });

  it('see what begins in one look and goes on in the next', () => {
    const tally = new TrafficTally(probe({ longestGapMs: 500 }));
    expect(tally.add(look({ a: sightOf(['ok', ...times(4, 'failed')]) }), time(0, 5))).toEqual([]);
    expect(tally.add(look({ a: sightOf([...times(2, 'failed'), 'ok']) }), time(5, 8))).toMatchObject([
      { was: { gapMs: 600 }, known: true },
    ]);
    // Of what was judged before nothing is said again.
    expect(tally.add(look({ a: sightOf(times(5, 'ok')) }), time(8, 13))).toEqual([]);
  });

  it('tell what is not known from what was seen', () => {
    const tally = new TrafficTally(probe({ longestGapMs: 500 }));
    tally.addBaseline(look({ a: sightOf(times(5, 'ok')) }), time(-5, 0));
    const unknown = sightOf([...times(9, 'unknown'), 'ok']);
    // Node b has joined meanwhile: it had no probe at first.
    expect(tally.add(look({ a: unknown, b: unknown }), time(0, 10))).toEqual([
      { node: 'a', path: 'held', was: { gapMs: 900 }, limit: 500, known: false },
    ]);
  });

  it('count the connections that were lost in a look', () => {
    const tally = new TrafficTally(probe({ lostConnections: 1 }));
    expect(tally.add(look({ a: sightOf(times(5, 'ok'), 1) }), time(0, 5))).toEqual([]);
    expect(tally.add(look({ a: sightOf(times(5, 'ok'), 2) }), time(5, 10))).toEqual([
      { node: 'a', path: 'held', was: { lost: 2 }, limit: 1, known: true },
    ]);
  });

  it('cannot count them where nothing is known for longer than a moment', () => {
    const tally = new TrafficTally(probe({ lostConnections: 0 }));
    tally.addBaseline(look({ a: sightOf(times(5, 'ok')) }), time(-5, 0));
    expect(tally.add(look({ a: sightOf(times(10, 'unknown')) }), time(0, 10))).toEqual([]);
    expect(tally.add(look({ a: sightOf(times(11, 'unknown')) }), time(10, 21))).toEqual([
      { node: 'a', path: 'held', was: { unknownMs: 1_100 }, limit: 0, known: false },
    ]);
  });

  it('are of no use on a path on which nothing was answered before', () => {
    const tally = new TrafficTally(probe());
    tally.addBaseline(look({ a: sightOf(times(5, 'failed')), b: sightOf(times(5, 'ok')) }), time(-5, 0));
    expect(tally.deadPaths()).toEqual([{ node: 'a', path: 'held' }]);
  });
});
