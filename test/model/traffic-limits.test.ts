import { describe, expect, it } from 'vitest';
import { beyondLimits, limitLines } from '../../src/model/traffic-limits.ts';
import { plan } from '../cli/fixtures.ts';
import { type PathFixture, trafficOf } from '../fixtures/traffic.ts';

const nodes = ['node-1', 'node-2'];
const of = (
  odd: PathFixture[],
  limits = { longestGapMs: 1_000 } as { longestGapMs?: number; lostConnections?: number },
) => trafficOf({ nodes, odd, limits });

describe('what is beyond the limits of a plan', () => {
  it('is compared with what the same path lost before the run', () => {
    const odd: PathFixture = { node: 'node-1', path: 'dns', failed: 12 };
    expect(beyondLimits(of([odd]))).toEqual([
      { node: 'node-1', path: 'dns', what: '1.2 s without an answer, accepted 1 s', known: true },
    ]);
    expect(beyondLimits(of([{ ...odd, failedBefore: 2 }]))).toEqual([]);
  });

  it('is only perhaps, where it is not known', () => {
    expect(beyondLimits(of([{ node: 'node-2', path: 'held', unknown: 50 }]))).toEqual([
      { node: 'node-2', path: 'held', what: 'perhaps 5 s without an answer, accepted 1 s', known: false },
    ]);
    expect(beyondLimits(of([{ node: 'node-2', path: 'held', unknown: 10 }]))).toEqual([]);
  });

  it('are lost connections too', () => {
    expect(beyondLimits(of([{ node: 'node-2', path: 'held', lost: 1 }], { lostConnections: 0 }))).toMatchObject([
      { what: '1 connection lost in all, accepted 0 from one look to the next' },
    ]);
  });

  it('is no question without limits', () => {
    expect(beyondLimits(of([{ node: 'node-1', path: 'dns', failed: 900 }], {}))).toBeUndefined();
    expect(limitLines(of([], {}), plan)).toEqual(['Limits: none: what is lost is told, and stops nothing']);
    expect(limitLines(of([]), plan)).toContain('Beyond the limits: nothing, over the whole run');
  });
});
