import { describe, expect, it } from 'vitest';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { modesOf, objectsOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

describe('a run that fails leaves the cluster exactly as it was', () => {
  it.each([
    { scenario: 'canary-crashes', phase: 'kube-proxy', why: /does not come up|did not come up|crashes/ },
    { scenario: 'node-fails-late', phase: 'kube-proxy', why: /first sync/ },
    { scenario: 'operator-degraded', phase: 'calico', why: /operator/ },
  ] as const)('$scenario', async ({ scenario, phase, why }) => {
    const { cluster, start } = await rehearse({ scenario, entry: { rollout: { nodeTimeout: '8s' } } });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    const report = await run.ended();

    expect(report.outcome).toBe('rolled-back');
    expect(report.failure).toMatchObject({ kind: 'Unhealthy', message: expect.stringMatching(why) });
    expect(report.steps.find((step) => step.result === 'failed')).toMatchObject({ phase });
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
    expect(report.nodes.map((proof) => proof.mode)).toEqual(Array(5).fill('ipvs'));
  });

  it('says in its report which node failed, with the last words of its kube-proxy', async () => {
    const { start } = await rehearse({ scenario: 'canary-crashes', calico: 'none' });
    const run = await start();
    await run.approve();
    const { failure, plan } = await run.ended();
    expect(failure?.nodes).toHaveLength(1);
    expect(failure?.nodes?.[0]).toMatchObject({ node: plan?.kubeProxy.canary?.node });
    expect(failure?.nodes?.[0]?.lastLines.length).toBeGreaterThan(0);
  });
});

describe('a person asks for a rollback', () => {
  it('in the middle of the waves: it acts at once and everything is undone', async () => {
    const { cluster, start } = await rehearse({ scenario: 'slow-nodes', nodes: 8 });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
    expect(await run.say('rollback')).toMatch(/rolling back/);
    const report = await run.ended();

    expect(report.outcome).toBe('rolled-back');
    expect(report.messages.map(({ message }) => message)).toEqual(['approve', 'rollback']);
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
  });

  it('while the migrated cluster is watched: Calico and kube-proxy go back', async () => {
    const { cluster, start } = await rehearse({ entry: { rollout: { soak: '10m' } } });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the soak', ({ phase }) => phase === 'soak');
    await run.say('rollback');
    const report = await run.ended();

    expect(report.outcome).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(report.felix.map((proof) => proof.nftablesMode)).toEqual(Array(5).fill('Disabled'));
    expect(cluster.nodes().every(({ felixNftables }) => felixNftables === false)).toBe(true);
  });

  it('by cancelling the run in Temporal, in the middle of a wave: the same', async () => {
    const { cluster, start } = await rehearse({ calico: 'none', scenario: 'slow-nodes', nodes: 6 });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
    await run.handle.cancel();
    const report = await run.ended();
    expect(report).toMatchObject({ outcome: 'rolled-back', remarks: [expect.stringContaining('cancelled')] });
    expect(await objectsOf(cluster)).toEqual(before);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
  });
});

describe('a person asks to stop', () => {
  it('abort ends after the wave and lists the mode of every node; a new run finishes it', async () => {
    const { cluster, start } = await rehearse({ scenario: 'slow-nodes', nodes: 8 });
    const run = await start();
    await run.approve();
    await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
    await run.say('abort');
    const report = await run.ended();

    expect(report.outcome).toBe('aborted');
    const seen = Object.fromEntries(report.nodes.map(({ node, mode }) => [node, mode]));
    expect(seen).toEqual(modesOf(cluster));
    expect(new Set(Object.values(seen))).toEqual(new Set(['ipvs', 'nftables']));

    const next = await start();
    await next.approve();
    const finished = await next.ended();
    expect(finished.findings.map(({ code }) => code)).toContain('PXS016');
    expect(finished.outcome).toBe('migrated');
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
  });

  it('pause holds the next wave until resume', async () => {
    const { cluster, start } = await rehearse({ scenario: 'slow-nodes', nodes: 8, calico: 'none' });
    const run = await start();
    await run.approve();
    await run.until('the first wave', ({ wave }) => wave !== undefined);
    await run.say('pause');
    const paused = await run.until('the pause to hold', ({ paused, waitingFor, steps }) => {
      return paused && waitingFor.startsWith('resume') && steps.every(({ result }) => result !== 'running');
    });
    const writes = (await cluster.auditWrites(workerUser)).length;
    expect((await run.progress()).nodes.done).toBe(paused.nodes.done);
    expect(await cluster.auditWrites(workerUser)).toHaveLength(writes);
    await run.say('resume');
    expect((await run.ended()).outcome).toBe('migrated');
  });
});
