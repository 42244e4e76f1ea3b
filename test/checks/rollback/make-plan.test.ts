import { describe, expect, it } from 'vitest';
import { hashPlan } from '../../../src/checks/plan/hash-plan.ts';
import { differencesFrom } from '../../../src/checks/rollback/differences.ts';
import { rollbackFindings } from '../../../src/checks/rollback/findings.ts';
import { makeRollbackPlan } from '../../../src/checks/rollback/make-plan.ts';
import { editProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import type { Snapshot } from '../../../src/cluster/snapshot/find.ts';
import { planSchema } from '../../../src/model/plan.ts';
import { planMarkdown } from '../../../src/model/plan-markdown.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import { clusterEntry, type FactValues, healthyFacts, proof, proxyConfig, proxyDaemonSet } from '../support/facts.ts';
import { configMap, snapshotOf } from './support.ts';

const migrated = editProxyConfig(kubeadm, { mode: 'nftables' }).text;
const names = ['cp-1', 'node-1', 'node-2', 'node-3'];
const afterwards = (more: Partial<FactValues> = {}) =>
  healthyFacts({
    proxyConfig: proxyConfig(migrated),
    objects: { 'ConfigMap kube-system/kube-proxy': configMap(migrated) },
    proxies: names.map((name) => proof(name, 'nftables')),
    ...more,
  });

async function planOf(snapshot: Snapshot, facts = afterwards(), takeOverLock?: string) {
  const differences = await differencesFrom(facts, snapshot);
  const findings = await rollbackFindings(facts, snapshot.run);
  return await makeRollbackPlan({
    entry: clusterEntry(),
    facts,
    chosen: { snapshot, differences },
    findings,
    takeOverLock,
  });
}

describe('the plan of a rollback', () => {
  it('shows what is there now as what it comes from, the exact lines, and one node alone first', async () => {
    const plan = await planOf(snapshotOf('one'));
    expect(planSchema.parse(plan)).toEqual(plan);
    expect(plan).toMatchObject({
      target: 'ipvs',
      kubeProxy: { needed: true, from: 'nftables', to: 'ipvs', canary: { node: 'node-1' } },
      rollback: { runId: 'one', snapshot: { hash: 'a'.repeat(64) } },
    });
    expect(plan.kubeProxy.waves[0]).toEqual(['node-1']);
    expect(plan.kubeProxy.waves.flat().sort()).toEqual(names);
    const lines = plan.changes[0]?.diff.split('\n').filter((line) => /^[-+]/.test(line)) ?? [];
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toContain('- mode: nftables');
    expect(lines.map((line) => line.replace(/\s+/g, ' '))).toContain('+ mode: ipvs');
    expect(planMarkdown(plan, hashPlan(plan))).toContain('**Goes back to**: proxyshift-snapshot-one, saved 2026-11-20');
  });

  it('is another one for another snapshot, and where a holder of the lock is named', async () => {
    const plan = await planOf(snapshotOf('one'));
    const hashes = [plan, await planOf(snapshotOf('two')), await planOf(snapshotOf('one'), afterwards(), 'gone/run')];
    expect(new Set(hashes.map(hashPlan)).size).toBe(3);
    expect(hashPlan(await planOf(snapshotOf('one')))).toBe(hashPlan(plan));
  });

  it.each([
    ['restart', 'waves', ['4 Pods kube-system/kube-proxy-*']],
    ['make-before-break', 'waves', ['4 Pods kube-system/kube-proxy-standby-ipvs-*', '4 Pods kube-system/kube-proxy-*']],
    ['restart', 'rolling', ['4 Pods kube-system/kube-proxy-*']],
  ] as const)('lists the pods that a way back by %s in %s makes and deletes', async (handover, strategy, pods) => {
    const saved = snapshotOf('one');
    Object.assign(saved.run.wayBack.kubeProxy, { handover, strategy });
    const { changes } = await planOf(saved);
    expect(changes.slice(1).map(({ object }) => object)).toEqual(pods);
    expect(changes.at(-1)?.diff).toContain(strategy === 'rolling' ? 'replaced by their DaemonSet' : 'deleted in');
  });

  it('leaves nodes in the mode that they were in, and says that there were some', async () => {
    const half = snapshotOf('half');
    half.run.wayBack.otherModes = { 'node-3': 'nftables' };
    const plan = await planOf(half);
    expect(plan.kubeProxy.waves.flat().sort()).toEqual(['cp-1', 'node-1', 'node-2']);
    expect(plan.findings).toMatchObject([
      { code: 'PXS016', severity: 'warning', message: expect.stringContaining('node-3 (nftables)') },
    ]);
  });

  it.each([
    ['v1.34.3', ['136122']],
    ['v1.35.0', ['136122']],
    ['v1.35.1', []],
    ['v1.33.9', []],
    ['v1.40.0', ['5495']],
  ])('warns of what ipvs mode of kube-proxy %s is known for', async (version, ids) => {
    const image = `registry.k8s.io/kube-proxy:${version}`;
    const { findings } = await planOf(
      snapshotOf('one'),
      afterwards({ proxyDaemonSet: proxyDaemonSet({ container: { image } }) }),
    );
    expect(findings.map(({ message }) => /#(\d+)/.exec(message)?.[1])).toEqual(ids);
  });
});
