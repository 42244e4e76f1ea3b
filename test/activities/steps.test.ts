import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSteps } from '../../src/activities/create.ts';
import { readLock } from '../../src/cluster/lock.ts';
import { createObject, deleteObject, mergePatch, readObject } from '../../src/cluster/objects.ts';
import { kubeProxyConfigMap, nodeFelixConfiguration } from '../../src/cluster/refs.ts';
import type { Plan } from '../../src/model/plan.ts';
import { ungroupFelix, ungroupProofs } from '../../src/model/proof-groups.ts';
import type { MigrationSteps, SaveSnapshot, Wave } from '../../src/model/steps.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { restoreOf, wayBackOf } from '../../src/workflows/restore.ts';
import { asAdmin } from '../e2e/support/objects.ts';
import { approval, rollout } from '../fixtures/cluster-entry.ts';
import { runStep, stepsOn } from './support/steps-on.ts';

let rehearsal: RehearsalCluster;
let steps: MigrationSteps;
const request = { cluster: 'one', requester: 'requester@example.com', target: 'nftables' as const };

beforeAll(async () => {
  ({ rehearsal, steps } = await stepsOn('one'));
});
afterAll(() => rehearsal.close());

async function readyPlan(): Promise<{ plan: Plan; hash: string }> {
  const found = await runStep(steps.preflight, request);
  if (found.verdict !== 'ready') throw new Error(JSON.stringify(found));
  return found;
}

/** What a run of this plan saves. */
function saving(runId: string, plan: Plan): SaveSnapshot {
  const { cluster, requester } = request;
  return {
    cluster,
    workflowId: `proxyshift/${cluster}`,
    runId,
    requester,
    kind: 'migration',
    wayBack: wayBackOf(plan),
  };
}

const writes = async () => (await rehearsal.auditWrites(workerUser)).length;

describe('preflight', () => {
  it('gives the same plan and hash each time, and writes nothing', async () => {
    const first = await readyPlan();
    expect(await readyPlan()).toEqual(first);
    expect(await writes()).toBe(0);
    expect(first.plan.kubeProxy.waves.flat().sort()).toEqual(
      rehearsal
        .nodes()
        .map(({ name }) => name)
        .sort(),
    );
    expect(first.plan.changes[0]?.diff).toContain('-mode: ipvs\n+mode: nftables');
  });

  it('refuses a cluster with another uid, and one that nobody knows', async () => {
    await expect(runStep(steps.preflight, { ...request, cluster: 'two' })).rejects.toThrow(/no cluster "two"/);
    const wrong = createSteps({
      clusters: async () => ({
        path: '',
        clusters: [
          {
            name: 'one',
            kubeconfig: await rehearsal.workerKubeconfig(),
            context: rehearsal.context,
            uid: '00000000-0000-0000-0000-000000000000',
            approval,
            rollout,
            calico: { timeoutMs: 1 },
          },
        ],
      }),
    });
    await expect(runStep(wrong.preflight, request)).rejects.toMatchObject({
      type: 'Disconnected',
      message: /leads to another cluster/,
    });
  });
});

describe('the lock', () => {
  const mine = { cluster: 'one', workflowId: 'proxyshift/one', runId: 'mine', requester: 'requester@example.com' };
  const other = { ...mine, runId: 'other' };

  it('is taken once by the same run, refused to another, and released only by its holder', async () => {
    await runStep(steps.acquireLock, mine);
    await runStep(steps.acquireLock, mine);
    await expect(runStep(steps.acquireLock, other)).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringContaining('proxyshift/one/mine'),
    });
    await runStep(steps.releaseLock, other);
    await expect(runStep(steps.acquireLock, other)).rejects.toThrow(/holds the lock/);
    await runStep(steps.releaseLock, mine);
    await runStep(steps.releaseLock, mine);
    await runStep(steps.acquireLock, other);
    await runStep(steps.releaseLock, other);
  });

  it('is taken over from the holder that was named, and from nobody else; a second attempt says the same', async () => {
    await runStep(steps.acquireLock, mine);
    const named = (takeOver: string) =>
      runStep(steps.acquireLock, { ...other, requester: 'grace@example.com', takeOver });
    await expect(named('proxyshift/one/another')).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /proxyshift\/one\/mine since .+ for requester@example\.com, not proxyshift\/one\/another/,
      ),
    });
    const taken = { takenOverFrom: 'proxyshift/one/mine' };
    expect(await named('proxyshift/one/mine')).toEqual(taken);
    expect(await named('proxyshift/one/mine')).toEqual(taken);
    expect(await readLock(await asAdmin(rehearsal))).toMatchObject({
      holder: 'proxyshift/one/other',
      requester: 'grace@example.com',
    });
    await runStep(steps.releaseLock, mine);
    await expect(runStep(steps.acquireLock, mine), 'the first holder has lost it').rejects.toThrow(/holds the lock/);
    await runStep(steps.releaseLock, other);
  });
});

describe('a step done twice is a step done once', () => {
  it('from snapshot to migrated, and all the way back', async () => {
    const { plan } = await readyPlan();
    const cluster = 'one';
    const saved = saving('twice', plan);
    const snapshot = await runStep(steps.saveSnapshot, saved);

    const { to, configBefore, configAfter } = plan.kubeProxy;
    const written = { to, configBefore, configAfter };
    await runStep(steps.writeProxyConfig, { cluster, ...written });
    expect(await runStep(steps.saveSnapshot, saved), 'the snapshot is not made anew from a changed cluster').toEqual(
      snapshot,
    );
    await unchanged(() => runStep(steps.writeProxyConfig, { cluster, ...written }));

    const wave: Wave = {
      cluster,
      nodes: plan.kubeProxy.waves.flat(),
      mode: plan.kubeProxy.to,
      handover: 'restart',
      again: false,
      nodeTimeoutMs: 20_000,
      notReadyTimeoutMs: 0,
      drainTimeoutMs: 0,
    };
    const { proofs, ...rest } = await runStep(steps.restartWave, wave);
    expect(rest).toEqual({ failed: [], notReady: [], gone: [] });
    expect(ungroupProofs(proofs).map(({ mode, synced }) => [mode, synced])).toEqual(Array(3).fill(['nftables', true]));
    await unchanged(() => runStep(steps.restartWave, wave));
    expect(await runStep(steps.findNodesToRestart, { cluster, wanted: { default: 'nftables', nodes: {} } })).toEqual(
      [],
    );

    const { calico } = plan;
    if (calico?.canary === undefined) throw new Error('no Calico with a canary in the plan');
    const attempt = { cluster, calico, canary: calico.canary, snapshot: snapshot.name };
    const { node } = calico.canary;
    await runStep(steps.setCalicoCanary, attempt);
    await unchanged(() => runStep(steps.setCalicoCanary, attempt));
    const first = await runStep(steps.awaitFelixOn, {
      cluster,
      calico,
      nodes: [node],
      source: 'datastore (per-host)',
      holdMs: 0,
    });
    expect(ungroupFelix(first)).toMatchObject([{ node, nftablesMode: 'Enabled' }]);
    const [late] = await Promise.allSettled([
      runStep(steps.awaitFelixOn, {
        cluster,
        calico: { ...calico, timeoutMs: 500 },
        nodes: ['cp-1', 'gone'],
        holdMs: 0,
      }),
    ]);
    expect(late, 'cp-1 was not told, and a node that is gone is not waited for').toMatchObject({
      reason: {
        type: 'Unhealthy',
        message: expect.stringMatching(/^Felix on cp-1 .* has NFTablesMode Disabled .* not Enabled$/),
      },
    });
    await runStep(steps.switchCalico, { cluster, calico });
    await unchanged(() => runStep(steps.switchCalico, { cluster, calico }));
    const felix = await runStep(steps.awaitCalico, { cluster, calico, towards: 'target', except: [] });
    expect(ungroupFelix(felix).map(({ nftablesMode }) => nftablesMode)).toEqual(Array(3).fill('Enabled'));

    const restore = restoreOf(cluster, plan, snapshot);
    const notYet = runStep(steps.verifyRestored, restore);
    await expect(notYet, 'it is not restored yet').rejects.toThrow(
      new RegExp(`^Not as it was before the run: .*, FelixConfiguration node\\.${node}$`),
    );
    await runStep(steps.unsetCalicoCanary, attempt);
    await unchanged(() => runStep(steps.unsetCalicoCanary, attempt));
    await runStep(steps.awaitFelixOn, { cluster, calico, nodes: [node], source: 'datastore (global)', holdMs: 200 });
    await runStep(steps.restoreCalico, restore);
    await unchanged(() => runStep(steps.restoreCalico, restore));
    await runStep(steps.awaitCalico, { cluster, calico, towards: 'original', except: [] });
    await runStep(steps.writeOriginalMode, restore);
    await unchanged(() => runStep(steps.writeOriginalMode, restore));
    await runStep(steps.restartWave, { ...wave, mode: 'ipvs' });
    await unchanged(() => runStep(steps.restoreProxyConfig, restore));
    const restored = await runStep(steps.verifyRestored, restore);
    expect(ungroupProofs(restored.proofs).map(({ mode }) => mode)).toEqual(Array(3).fill('ipvs'));
  });

  async function unchanged(action: () => Promise<unknown>): Promise<void> {
    const before = await writes();
    await action();
    expect(await writes()).toBe(before);
  }
});

describe('what someone else changed is not overwritten', () => {
  it('kube-proxy’s ConfigMap after the plan was made', async () => {
    const { plan } = await readyPlan();
    const { to, configBefore, configAfter } = plan.kubeProxy;
    const admin = await asAdmin(rehearsal);
    const { data } = Object((await readObject(admin, kubeProxyConfigMap)) ?? {});
    const edited = data['config.conf'].replace('maxPerCore: null', 'maxPerCore: 0');
    await mergePatch(admin, kubeProxyConfigMap, { data: { 'config.conf': edited } });
    await expect(
      runStep(steps.writeProxyConfig, { cluster: 'one', to, configBefore, configAfter }),
    ).rejects.toMatchObject({
      type: 'Drifted',
    });
    await mergePatch(admin, kubeProxyConfigMap, { data });
  });

  it('a FelixConfiguration of the canary that another made: neither used nor deleted', async () => {
    const { plan } = await readyPlan();
    const { calico } = plan;
    if (calico?.canary === undefined) throw new Error('no Calico with a canary in the plan');
    const snapshot = await runStep(steps.saveSnapshot, saving('anothers', plan));
    const admin = await asAdmin(rehearsal);
    const own = nodeFelixConfiguration(calico.canary.node);
    const attempt = { cluster: 'one', calico, canary: calico.canary, snapshot: snapshot.name };
    await createObject(admin, own, { spec: { nftablesMode: 'Disabled' } });
    try {
      await expect(runStep(steps.setCalicoCanary, attempt)).rejects.toMatchObject({
        type: 'Drifted',
        message: expect.stringContaining('somebody has created it meanwhile'),
      });
      await expect(
        runStep(steps.setCalicoCanary, { ...attempt, canary: { ...calico.canary, existing: true } }),
      ).rejects.toThrow(/it sets nftablesMode Disabled/);
      await runStep(steps.unsetCalicoCanary, attempt);
      await runStep(steps.restoreCalico, restoreOf('one', plan, snapshot));
      expect(await readObject(admin, own)).toMatchObject({ spec: { nftablesMode: 'Disabled' } });
    } finally {
      await deleteObject(admin, own);
    }
    await expect(
      runStep(steps.setCalicoCanary, { ...attempt, canary: { ...calico.canary, existing: true } }),
    ).rejects.toThrow(/it is gone/);
  });

  it('a snapshot that was tampered with is not restored', async () => {
    const { plan } = await readyPlan();
    const snapshot = await runStep(steps.saveSnapshot, saving('tampered', plan));
    const admin = await asAdmin(rehearsal);
    const restore = restoreOf('one', plan, { ...snapshot, hash: '0'.repeat(64) });
    await expect(runStep(steps.restoreProxyConfig, restore)).rejects.toThrow(/is not the one that this run saved/);
    await deleteObject(admin, { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', ...snapshot });
    await expect(runStep(steps.restoreProxyConfig, restoreOf('one', plan, snapshot))).rejects.toThrow(/is gone/);
  });
});

describe('preflight blocks, with the object named', () => {
  const cases: [string, (text: string) => Record<string, string | null>, RegExp][] = [
    ['no config.conf', () => ({ 'config.conf': null, other: 'x' }), /has no key config.conf \(keys: .*other/],
    ['two documents', (text) => ({ 'config.conf': `${text}\n---\n${text}` }), /document/],
    ['not parseable', () => ({ 'config.conf': 'mode: [ipvs' }), /config.conf/],
    ['another kind', (text) => ({ 'config.conf': text.replace('KubeProxyConfiguration', 'Nonsense') }), /kind/],
    ['an unknown mode', (text) => ({ 'config.conf': text.replace('mode: ipvs', 'mode: turbo') }), /turbo/],
    [
      'excludeCIDRs',
      (text) => ({ 'config.conf': text.replace('excludeCIDRs: null', 'excludeCIDRs: [10.9.0.0/16]') }),
      /excludeCIDRs/,
    ],
  ];
  it.each(cases)('%s', async (_, change, message) => {
    const admin = await asAdmin(rehearsal);
    const { data } = Object((await readObject(admin, kubeProxyConfigMap)) ?? {});
    const before = await writes();
    try {
      await mergePatch(admin, kubeProxyConfigMap, { data: change(data['config.conf']) });
      const found = await runStep(steps.preflight, request);
      expect(found.verdict).toBe('blocked');
      expect(found.verdict === 'blocked' && found.findings.map((finding) => finding.message).join('\n')).toMatch(
        message,
      );
      expect(await writes()).toBe(before);
    } finally {
      await mergePatch(admin, kubeProxyConfigMap, { data: { ...data, other: null } });
    }
  });
});
