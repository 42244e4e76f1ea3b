import { describe, expect, it } from 'vitest';
import { planFacts } from '../../src/model/plan-fact-list.ts';
import { probeFact, probeLimitsFact } from '../../src/model/plan-probe-facts.ts';
import type { ProbePlan } from '../../src/model/probe-plan.ts';
import { plan } from '../cli/fixtures.ts';

const probe: ProbePlan = {
  image: 'registry.example.com/proxyshift:1.2.3',
  paths: ['cluster-ip', 'held', 'dns'],
  dnsServer: '10.96.0.10',
  everyMs: 100,
  timeoutMs: 1_000,
  baselineMs: 60_000,
  limits: {},
};
const { kubeProxy } = plan;

describe('the probe of a plan', () => {
  it('is told with its image, its paths, how often it asks, and for how long before the first write', () => {
    expect(probeFact({ probe })).toBe(
      'registry.example.com/proxyshift:1.2.3 on every Linux node, in namespace proxyshift-probe until the run ends; asks by cluster-ip, held, dns (10.96.0.10) every 100 ms, and waits 1 s for an answer; watched for 1 min before anything else is written',
    );
  });

  it.each([
    [{}, 'rollback', 'none: what is lost is told, and stops nothing'],
    [
      { longestGapMs: 2_500 },
      'rollback',
      'up to 2.5 s without an answer beyond the longest time before the run, on each path of a node; above that everything is undone',
    ],
    [
      { lostConnections: 0 },
      'pause',
      'up to 0 lost connections from one look to the next, on each path of a node; above that the run waits for a person',
    ],
    [
      { longestGapMs: 0, lostConnections: 1 },
      'pause',
      'up to 0 ms without an answer beyond the longest time before the run, and 1 lost connection from one look to the next, on each path of a node; above that the run waits for a person',
    ],
  ] as const)('with limits %j, and %s beyond them', (limits, onFailure, text) => {
    expect(probeLimitsFact({ probe: { ...probe, limits }, kubeProxy: { ...kubeProxy, onFailure } })).toBe(text);
  });

  it('is no word of a plan without one', () => {
    const named = (facts: ReturnType<typeof planFacts>) => facts.map(({ short }) => short);
    expect(named(planFacts(plan))).not.toContain('probe');
    expect(named(planFacts({ ...plan, probe }))).toEqual(expect.arrayContaining(['probe', 'lost']));
  });
});
