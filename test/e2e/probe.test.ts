import { describe, expect, it } from 'vitest';
import { listObjects, readObject } from '../../src/cluster/objects.ts';
import { probeSelector } from '../../src/cluster/probe/labels.ts';
import { probeObjects } from '../../src/cluster/probe/refs.ts';
import { PROBE_NAMESPACE } from '../../src/model/probe-steps.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { type Rehearsal, rehearse } from './support/rehearse.ts';

const probe = {
  image: 'registry.example.com/proxyshift:0.1.0',
  paths: ['cluster-ip', 'held', 'dns'],
  every: '20ms',
  timeout: '200ms',
  baseline: '2s',
};
const measured = { calico: 'none', also: ['probe'] } as const;

/** What there is of a probe in the cluster. */
async function leftOf({ cluster }: Rehearsal): Promise<string[]> {
  const admin = await asAdmin(cluster);
  const objects = await Promise.all(probeObjects.map((ref) => readObject(admin, ref)));
  const pods = { apiVersion: 'v1', plural: 'pods', namespace: PROBE_NAMESPACE, labelSelector: probeSelector };
  return [...objects, ...(await listObjects(admin, pods))].flatMap((object) => object?.metadata.name ?? []);
}

describe('a probe in a run', () => {
  it('measures every node before and during it, by restart, and is gone afterwards', async () => {
    const rehearsal = await rehearse({ ...measured, entry: { probe } });
    const run = await rehearsal.start();
    await run.approve();
    await run.until('kube-proxy', ({ phase }) => phase === 'kube-proxy');
    expect(await leftOf(rehearsal)).toContain('proxyshift-probe-backend');
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    const { traffic } = report;
    expect(traffic).toMatchObject({ probe: { paths: ['cluster-ip', 'held', 'dns'] }, silent: [] });
    const nodes = Object.keys(modesOf(rehearsal.cluster)).toSorted();
    expect(traffic?.nodes.map(({ node }) => node).toSorted()).toEqual(nodes);
    for (const { node, paths } of traffic?.nodes ?? []) {
      for (const path of paths) {
        expect(path.baseline, node).toMatchObject({ samples: { failed: 0, unknown: 0 }, lost: 0, failedMs: 0 });
        // A restart takes the rules away for a moment: new connections fail, and what was held is lost.
        expect(path.longestGapMs, `${node} ${path.path}`).toBeGreaterThan(0);
        expect(path.samples.unknown, `${node} ${path.path}`).toBe(0);
      }
      expect(paths.find(({ path }) => path === 'held')?.lost, node).toBeGreaterThan(0);
    }
    expect(await leftOf(rehearsal)).toEqual([]);
  });

  it('undoes a run that loses more than the plan accepts, and names node and path', async () => {
    const limits = { longestGap: '1500ms' };
    const rehearsal = await rehearse({ ...measured, scenario: 'lossy-node', entry: { probe: { ...probe, limits } } });
    const before = await objectsOf(rehearsal.cluster);
    const run = await rehearsal.start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
    expect(report.failure?.message).toMatch(/^Traffic was lost beyond the limits of the plan: node-\d+, /);
    expect(await objectsOf(rehearsal.cluster)).toEqual(before);
    const [worst] = report.traffic?.nodes ?? [];
    expect(report.failure?.message).toContain(worst?.node);
    expect(await leftOf(rehearsal)).toEqual([]);
  });

  it('that tells nothing is not taken for traffic that flows: a person is asked', async () => {
    const limits = { longestGap: '1s' };
    const rehearsal = await rehearse({
      ...measured,
      scenario: 'stalled-probe',
      entry: { probe: { ...probe, limits } },
    });
    const run = await rehearsal.start();
    await run.approve();
    const { waitingFor } = await run.until('the run to hold', ({ paused }) => paused);
    expect(waitingFor).toMatch(/as far as the probe can tell/);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(report.traffic?.silent).toMatchObject([
      { node: expect.any(String), why: expect.stringMatching(/told nothing/) },
    ]);
    expect(await leftOf(rehearsal)).toEqual([]);
  });

  it('is removed where the run is aborted while it watches traffic as it is, before anything was written', async () => {
    const rehearsal = await rehearse({ ...measured, entry: { probe: { ...probe, baseline: '10m' } } });
    const before = await objectsOf(rehearsal.cluster);
    const run = await rehearsal.start();
    await run.approve();
    await run.until('the baseline', ({ steps }) => steps.some(({ what }) => what.startsWith('Watch traffic')));
    await run.say('abort');
    expect((await run.ended()).outcome).toBe('aborted');
    expect(await objectsOf(rehearsal.cluster)).toEqual(before);
    expect(await leftOf(rehearsal)).toEqual([]);
  });
});
