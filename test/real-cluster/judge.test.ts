import { describe, expect, it } from 'vitest';
import { judge, medianAndWorst } from './judge.ts';
import type { Switch } from './measure.ts';
import { lost, resultTable } from './table.ts';

const seen = (path: string, ...attempts: [at: number, ms: number, error?: string][]) =>
  new Map([['node-1', attempts.map(([at, ms, error]) => ({ path, at, ms, ...(error ? { error } : {}) }))]]);

describe('what a client saw', () => {
  it('is the longest time between answers, from the end of one to the end of the next, failures left out', () => {
    const answers = seen(
      'tcp',
      [0, 10],
      [50, 10],
      [100, 900, 'timeout'],
      [150, 900, 'timeout'],
      [1_000, 20],
      [1_050, 10],
    );
    expect(judge(answers, 0, 1_100)).toEqual([
      {
        node: 'node-1',
        path: 'tcp',
        attempts: 6,
        failed: 2,
        unknown: 0,
        longestGapMs: 960,
        broken: 0,
        errors: { timeout: 2 },
        failedAt: [100, 150],
      },
    ]);
  });

  it('has no gap shorter than what was not seen at its ends', () => {
    expect(judge(seen('tcp', [500, 10]), 0, 2_000)[0]?.longestGapMs).toBe(1_490);
    expect(judge(seen('tcp', [500, 10, 'ECONNREFUSED']), 0, 2_000)[0]).toMatchObject({
      longestGapMs: 2_000,
      failed: 1,
    });
  });

  it('does not know of what failed while the client itself did not run', () => {
    const one = { path: 'tcp', at: 0, ms: 1_000, error: 'timeout', stalled: true as const };
    expect(judge(new Map([['node-1', [one]]]), 0, 100)[0]).toMatchObject({ attempts: 1, failed: 0, unknown: 1 });
  });

  it('takes answers in the order in which they came', () => {
    expect(judge(seen('tcp', [0, 500], [50, 10]), 0, 500)[0]?.longestGapMs).toBe(440);
  });

  it('counts how often a held connection broke, and not that it was made', () => {
    const held = new Map([
      [
        'node-1',
        [
          { path: 'a held', at: 0, ms: 5, opened: true as const },
          { path: 'a held', at: 10, ms: 0, error: 'ECONNRESET' },
        ],
      ],
    ]);
    expect(judge(held, 0, 100)[0]).toMatchObject({ attempts: 1, broken: 1 });
  });
});

it.each([
  [[3, 1, 2], { median: 2, worst: 3 }],
  [[4, 1, 2, 3], { median: 2.5, worst: 4 }],
  [[7], { median: 7, worst: 7 }],
])('of %j', (values, expected) => expect(medianAndWorst(values)).toEqual(expected));

describe('a table of switches', () => {
  const one = {
    node: 'node-1',
    attempts: 100,
    failed: 0,
    unknown: 0,
    longestGapMs: 60,
    broken: 0,
    errors: {},
    failedAt: [],
  };
  const change = (path: string, during: object, more: Partial<Switch> = {}): Switch => ({
    handover: 'make-before-break',
    direction: 'forward',
    tookMs: 1,
    baseline: [{ ...one, path }],
    during: [{ ...one, path, ...during }],
    cut: {},
    ...more,
  });

  it('has a line for each hand-over, direction and path', () => {
    const lines = resultTable([
      change('tcp', { longestGapMs: 100 }),
      change('tcp', { longestGapMs: 300, failed: 1 }),
      change('tcp', {}, { handover: 'restart' }),
    ]);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/make-before-break +forward +tcp +2 +1 of 200 +0 +0\.20 \/ 0\.30 +0\.06 \/ 0\.06 +-/);
  });

  it.each([
    ['a new connection that fails', change('tcp', { failed: 1 }), 1],
    [
      'one that failed without a switch too',
      change('tcp', { failed: 1 }, { baseline: [{ ...one, path: 'tcp', failed: 1 }] }),
      0,
    ],
    [
      'a held connection that broke with nothing left to cut',
      change('a held', { broken: 1 }, { cut: { 'node-1': 0 } }),
      1,
    ],
    ['a held connection that was cut', change('a held', { broken: 1 }, { cut: { 'node-1': 1 } }), 0],
    ['what a restart loses', change('tcp', { failed: 9 }, { handover: 'restart' }), 0],
  ])('calls it lost or not: %s', (_, given, expected) => {
    expect(lost([given])).toHaveLength(expected);
  });
});
