import { describe, expect, it } from 'vitest';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { modesOf, objectsOf } from './support/objects.ts';
import { APPROVER, REQUESTER, rehearse } from './support/rehearse.ts';

const allIn = (mode: string, nodes: number) => Array(nodes).fill(mode);

describe('a node that fails', () => {
  it('is tried once more, and within the budget the run goes on without it and says so', async () => {
    const { cluster, start } = await rehearse({
      scenario: 'node-fails-late',
      calico: 'none',
      entry: { rollout: { nodeTimeout: '4s', failureBudget: 1 } },
    });
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.leftBehind).toMatchObject([{ why: expect.stringMatching(/first sync/) }]);
    const [left] = report.leftBehind;
    expect(left?.lastLines.join('\n')).toMatch(/nftables sync failed/);
    expect(report.steps.map(({ what }) => what)).toContain(`Try kube-proxy on ${left?.node} once more`);
    const { waves } = report;
    expect(waves.filter(({ nodes }) => nodes.includes(left?.node ?? ''))).toMatchObject([
      { wave: expect.any(Number), result: 'failed', failed: [left?.node] },
      { again: true, nodes: [left?.node], result: 'failed', failed: [left?.node] },
    ]);
    expect(report.remarks.join('\n')).toContain(`Left behind, not proven to be in nftables: ${left?.node}`);
    const others = report.nodes.filter(({ node }) => node !== left?.node);
    expect(others.map(({ mode, synced }) => [mode, synced])).toEqual(Array(4).fill(['nftables', true]));
    expect(cluster.nodes().filter(({ proxyMode }) => proxyMode === 'nftables')).toHaveLength(4);
  });

  it('as the canary is covered by no budget', async () => {
    const { cluster, start } = await rehearse({
      scenario: 'canary-crashes',
      calico: 'none',
      entry: { rollout: { nodeTimeout: '8s', failureBudget: 3 } },
    });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(report.failure?.nodes).toMatchObject([{ node: report.plan?.kubeProxy.canary?.node }]);
    expect(await objectsOf(cluster)).toEqual(before);
    expect(Object.values(modesOf(cluster))).toEqual(allIn('ipvs', 5));
  });

  it('with onFailure pause holds the run: a person mends the node and resumes', async () => {
    const { cluster, start } = await rehearse({
      scenario: 'node-fails-late',
      calico: 'none',
      entry: { rollout: { nodeTimeout: '4s', onFailure: 'pause' } },
    });
    const run = await start();
    await run.approve();
    const held = await run.until('the run to hold', ({ paused }) => paused);
    expect(held.waitingFor).toMatch(/^a person, who says resume, rollback or abort: kube-proxy on .* first sync/);
    cluster.heal();
    expect(await run.say('resume')).toBe('resumed');
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.leftBehind).toEqual([]);
    expect(report.remarks.join('\n')).toMatch(/^Held: kube-proxy on /m);
    expect(Object.values(modesOf(cluster))).toEqual(allIn('nftables', 5));
  });
});

describe('nodes come and go', () => {
  it('one that is not Ready is waited for, then left alone and listed', async () => {
    const { cluster, start } = await rehearse({
      calico: 'none',
      entry: { rollout: { notReadyTimeout: '500ms' } },
    });
    const run = await start();
    await run.offered();
    const plan = await run.report().then(({ plan: offered }) => offered);
    const last = plan?.kubeProxy.waves.at(-2)?.at(-1) ?? '';
    await run.approve();
    await run.until('the canary', ({ wave }) => wave !== undefined);
    await cluster.setNodeReady(last, false);
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.leftBehind).toMatchObject([{ node: last, why: expect.stringMatching(/not Ready/i) }]);
    expect(report.nodes.filter(({ node }) => node !== last).map(({ mode }) => mode)).toEqual(allIn('nftables', 4));
  });

  it('one that is deleted meanwhile is dropped', async () => {
    const { cluster, start } = await rehearse({ calico: 'none', entry: { rollout: { canarySoak: '10m' } } });
    const run = await start();
    await run.approve();
    const { wave } = await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
    expect(wave).toMatchObject({ current: 1 });
    const { plan } = await run.report();
    const gone = plan?.kubeProxy.waves[1]?.[0] ?? '';
    await cluster.removeNode(gone);
    // The soak of the canary is long: a person who has seen enough says so.
    await run.say('abort');
    expect((await run.ended()).outcome).toBe('aborted');

    const next = await start();
    await next.approve();
    await next.until('a step', ({ phase }) => phase === 'kube-proxy');
    await next.say('rollback');
    const report = await next.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(report.nodes.map(({ node }) => node)).not.toContain(gone);
  });
});

describe('the gate after the canary', () => {
  const entry = { approval: { gates: ['plan', 'canary'] }, rollout: { maxUnavailable: 4 } };

  it('keeps the other nodes as they are until somebody approves that, by the rules of the plan', async () => {
    const { cluster, start } = await rehearse({ calico: 'none', entry });
    const run = await start();
    const planHash = await run.offered();
    await run.approve();
    const waiting = await run.until('the canary gate', ({ gate }) => gate === 'canary');
    expect(waiting.waitingFor).toMatch(/approval to go on after the canary node-/);
    expect(Object.values(modesOf(cluster)).sort()).toEqual(['ipvs', 'ipvs', 'ipvs', 'ipvs', 'nftables']);

    await expect(run.approve({ planHash })).rejects.toThrow();
    await expect(run.approve({ planHash, gate: 'canary', approver: REQUESTER })).rejects.toThrow();
    expect(Object.values(modesOf(cluster)).filter((mode) => mode === 'nftables')).toHaveLength(1);
    expect(await run.approve({ planHash, gate: 'canary' })).toBe('approved: the run goes on');
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.messages).toMatchObject([
      { message: 'approve', by: APPROVER },
      { message: 'approve', by: APPROVER, gate: 'canary' },
    ]);
    expect(report.refused.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('this approves the plan'),
      expect.stringContaining('another person has to approve it'),
    ]);
  });

  it('that nobody opens in its time is a no: everything is undone', async () => {
    const { cluster, start } = await rehearse({
      calico: 'none',
      entry: { ...entry, approval: { ...entry.approval, timeout: '6s' } },
    });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report).toMatchObject({ outcome: 'rolled-back', failure: { message: /Nobody approved to go on after/ } });
    expect(await objectsOf(cluster)).toEqual(before);
    expect(Object.values(modesOf(cluster))).toEqual(allIn('ipvs', 5));
  });
});

describe('strategy rolling', () => {
  const rolling = { calico: 'none', also: ['rolling'], entry: { rollout: { strategy: 'rolling' } } } as const;

  it('lets the DaemonSet replace its pods, and proves every node', async () => {
    const { cluster, start } = await rehearse(rolling);
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.nodes.map(({ mode, synced }) => [mode, synced])).toEqual(Array(5).fill(['nftables', true]));
    const written = (await cluster.auditWrites(workerUser)).map(({ verb, resource }) => `${verb} ${resource}`);
    expect(written).toContain('patch daemonsets');
    expect(written).not.toContain('delete pods');
  });

  it('goes all the way back, DaemonSet included', async () => {
    const { cluster, start } = await rehearse({
      ...rolling,
      entry: { rollout: { strategy: 'rolling', soak: '10m' } },
    });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the soak', ({ phase }) => phase === 'soak');
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(Object.values(modesOf(cluster))).toEqual(allIn('ipvs', 5));
  });

  it('is refused before anything is written where the worker may not do it', async () => {
    const { cluster, start } = await rehearse({ ...rolling, also: [] });
    const run = await start();
    await expect(run.handle.result()).rejects.toMatchObject({
      cause: { cause: { type: 'Forbidden', message: /patch daemonsets.apps "kube-proxy"/ } },
    });
    expect(await cluster.auditWrites(workerUser)).toEqual([]);
  });
});
