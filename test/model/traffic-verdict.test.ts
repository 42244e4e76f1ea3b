import { describe, expect, it } from 'vitest';
import type { Traffic } from '../../src/model/probe-report.ts';
import { silentNodes, trafficVerdict } from '../../src/model/traffic-verdict.ts';
import { type PathFixture, trafficOf } from '../fixtures/traffic.ts';

const nodes = ['node-1', 'node-2', 'node-3'];
const verdictOf = (odd: PathFixture[], more: Partial<Traffic> = {}) =>
  trafficVerdict({ ...trafficOf({ nodes, odd }), ...more });

describe('what is said of traffic', () => {
  it('claims no more than the interval of the probe can show, and on a held connection no more than its time-out', () => {
    expect(verdictOf([])).toEqual([
      'No attempt failed on any of 3 nodes: nothing longer than 100 ms was lost (held: 1.1 s).',
    ]);
    expect(trafficVerdict(trafficOf({ nodes: ['node-1'], paths: ['dns'] }))).toEqual([
      'No attempt failed on the one node: nothing longer than 100 ms was lost.',
    ]);
  });

  it('names the worst, when it was and why, beside what it was before the run', () => {
    const odd: PathFixture[] = [
      { node: 'node-2', path: 'dns', failed: 12, error: 'no answer' },
      { node: 'node-3', path: 'held', failed: 3, lost: 2, failedBefore: 1 },
    ];
    expect(verdictOf(odd)).toEqual([
      'Attempts failed on 2 of 3 nodes: the longest time without an answer that was seen was 1.2 s (at most 1.3 s), on node-2 by dns, from 23:55:03 UTC (no answer).',
      'Before the run the longest was 100 ms.',
      '2 held connections were lost, on node-3.',
    ]);
    expect(verdictOf(odd.slice(0, 1))[1]).toBe('Before the run no attempt failed.');
  });

  it('says of a lost connection, even where every attempt was answered', () => {
    expect(verdictOf([{ node: 'node-1', path: 'held', lost: 1 }])).toContain('1 held connection was lost, on node-1.');
  });

  it('counts what is not known as lost in what it was at most, and says so', () => {
    expect(verdictOf([{ node: 'node-2', path: 'cluster-ip', unknown: 50 }])).toEqual([
      'No attempt failed on any of 3 nodes: nothing longer than 100 ms was lost (held: 1.1 s; cluster-ip: 5.1 s).',
      '50 of 140,400 attempts are not known, on node-2: had they failed, up to 5.1 s was lost there.',
    ]);
  });

  it('names who was not measured, and who told nothing', () => {
    const traffic = trafficOf({
      nodes,
      odd: (['cluster-ip', 'held', 'dns'] as const).map((path) => ({ node: 'node-2', path, unknown: 15_600 })),
      silent: [{ node: 'node-9', why: 'not Ready', lastLines: [] }],
    });
    expect(silentNodes(traffic).map(({ node }) => node)).toEqual(['node-9', 'node-2']);
    expect(trafficVerdict(traffic)).toEqual([
      'No attempt failed on any of 2 nodes: nothing longer than 100 ms was lost (held: 1.1 s).',
      'Not measured, or not all of the time: node-9 (not Ready), node-2 (it told of no attempt during the run).',
    ]);
  });

  it('of very many nodes says what the others have lost', () => {
    expect(verdictOf([], { others: { nodes: 4_997, longestGapMs: 0 } })).toEqual([
      'No attempt failed on any of 5,000 nodes: nothing longer than 100 ms was lost (held: 1.1 s), on the 3 nodes that are told one by one.',
      '3 nodes that lost the most are told one by one; 4,997 others had no attempt that failed.',
    ]);
    const [first, , third] = verdictOf([{ node: 'node-1', path: 'dns', failed: 5 }], {
      others: { nodes: 4_997, longestGapMs: 100 },
    });
    expect(first).toMatch(/^Attempts failed on at least 1 of 5,000 nodes: /);
    expect(third).toContain('4,997 others lost nothing longer than 100 ms that was seen.');
  });

  it('does not call good what nobody saw', () => {
    const { run: _run, baseline: _baseline, ...unread } = trafficOf({ nodes: [] });
    expect(trafficVerdict(unread)).toEqual(['Traffic was not measured: nothing was read of the probe.']);
    const { run: _, ...before } = trafficOf({ nodes });
    expect(trafficVerdict(before)).toEqual(['Traffic was measured before the first write alone.']);
    expect(trafficVerdict(trafficOf({ nodes: [] }))[0]).toMatch(/^Nothing is known of traffic during the run/);
  });
});
