import { describe, expect, it } from 'vitest';
import { hashPlan } from '../../../src/checks/plan/hash-plan.ts';
import { makePlan } from '../../../src/checks/plan/make-plan.ts';
import { parseService } from '../../../src/cluster/services.ts';
import { planSchema } from '../../../src/model/plan.ts';
import type { ProbePlan } from '../../../src/model/probe-plan.ts';
import { clusterEntry, healthyFacts } from '../support/facts.ts';

const probe: ProbePlan = {
  image: 'registry.example.com/proxyshift:0.1.0',
  paths: ['cluster-ip', 'held', 'udp', 'dns'],
  everyMs: 100,
  timeoutMs: 900,
  baselineMs: 60_000,
  limits: { longestGapMs: 10_000 },
};

/** The plan of a healthy cluster, of whose Services kube-dns has this address. */
async function planOf(wanted: ProbePlan | undefined, dns: string | undefined = '10.96.0.10') {
  const clusterIPs = dns === undefined ? [] : [dns];
  const kubeDns = parseService({ metadata: { name: 'kube-dns', namespace: 'kube-system' }, spec: { clusterIPs } });
  const facts = { ...healthyFacts(), services: async () => [kubeDns], probe: wanted };
  const entry = { ...clusterEntry(), ...(wanted ? { probe: wanted } : {}) };
  return await makePlan({ entry, facts, findings: [] });
}

describe('the probe in a plan', () => {
  it('is absent where clusters.yaml asks for none, and nothing is written for it', async () => {
    const plan = await planOf(undefined);
    expect(plan).not.toHaveProperty('probe');
    expect(plan.changes.filter(({ object }) => object.includes('probe'))).toEqual([]);
  });

  it('is what clusters.yaml says, with whom path dns asks', async () => {
    expect((await planOf(probe)).probe).toEqual({ ...probe, dnsServer: '10.96.0.10' });
    expect((await planOf({ ...probe, dnsServer: '10.0.0.53' })).probe).toEqual({ ...probe, dnsServer: '10.0.0.53' });
    expect((await planOf({ ...probe, paths: ['udp'] })).probe).toEqual({ ...probe, paths: ['udp'] });
    expect(planSchema.parse(await planOf(probe)).probe).toEqual({ ...probe, dnsServer: '10.96.0.10' });
  });

  it('is not made without whom to ask', async () => {
    const facts = { ...healthyFacts(), probe };
    await expect(makePlan({ entry: { ...clusterEntry(), probe }, facts, findings: [] })).rejects.toMatchObject({
      kind: 'Blocked',
      message: 'Path dns of the probe has nobody to ask',
    });
  });

  it('is the first of what is written, and the approver reads its image', async () => {
    const [first] = (await planOf(probe)).changes;
    expect(first).toMatchObject({
      object: 'DaemonSet, Deployment and Service proxyshift-probe in proxyshift-probe',
      diff: expect.stringContaining('with image registry.example.com/proxyshift:0.1.0'),
    });
  });

  it('is part of what an approval names', async () => {
    const hashes = await Promise.all(
      [
        planOf(undefined),
        planOf(probe),
        planOf({ ...probe, image: 'registry.example.com/proxyshift:0.2.0' }),
        planOf({ ...probe, limits: {} }),
        planOf(probe, '10.96.0.11'),
      ].map(async (plan) => hashPlan(await plan)),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(hashPlan(await planOf(probe))).toBe(hashes[1]);
  });

  it('makes the run longer by its baseline, and says so', async () => {
    const [without, withProbe] = [(await planOf(undefined)).estimate, (await planOf(probe)).estimate];
    expect((withProbe?.totalMs ?? 0) - (without?.totalMs ?? 0)).toBe(60_000);
    expect(withProbe?.basis).toContain('60 s before it in which the probe watches traffic as it is');
    expect(without?.basis).not.toContain('probe');
  });
});
