import { describe, expect, it } from 'vitest';
import { chooseSnapshot } from '../../../src/checks/rollback/choose-snapshot.ts';
import { editProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import { healthyFacts, proof } from '../support/facts.ts';
import { configMap, listedOf, snapshotOf } from './support.ts';

const migrated = editProxyConfig(kubeadm, { mode: 'nftables' }).text;
const names = ['cp-1', 'node-1', 'node-2', 'node-3'];
const afterwards = () =>
  healthyFacts({
    objects: { 'ConfigMap kube-system/kube-proxy': configMap(migrated) },
    proxies: names.map((name) => proof(name, 'nftables')),
  });
const back = () => healthyFacts({ objects: { 'ConfigMap kube-system/kube-proxy': configMap(kubeadm) } });
const nameOf = async (...given: Parameters<typeof chooseSnapshot>) =>
  (await chooseSnapshot(...given)).snapshot.run.runId;

describe('the snapshot to go back to', () => {
  it('is the newest of a migration that changed something', async () => {
    const unchanged = snapshotOf('unchanged', {}, migrated);
    unchanged.run.wayBack.kubeProxy.from = 'nftables';
    const list = [unchanged, snapshotOf('newest'), snapshotOf('older')].map(listedOf);
    expect(await nameOf(afterwards(), list)).toBe('newest');
  });

  it('is not what a rollback has saved: that would be going forward again', async () => {
    const ofRollback = snapshotOf('of-rollback', { kind: 'rollback' }, migrated);
    ofRollback.run.wayBack.kubeProxy.from = 'nftables';
    const list = [ofRollback, snapshotOf('first')].map(listedOf);
    const { snapshot, differences } = await chooseSnapshot(back(), list);
    expect(snapshot.run.runId).toBe('first');
    expect(differences).toEqual({ objects: [], nodes: [], standbys: [] });
  });

  it('sees a node that is not in its mode, where every object is as it was', async () => {
    const facts = healthyFacts({
      objects: { 'ConfigMap kube-system/kube-proxy': configMap(kubeadm) },
      proxies: names.map((name) => proof(name, name === 'node-2' ? 'unknown' : 'ipvs')),
    });
    expect((await chooseSnapshot(facts, [listedOf(snapshotOf('one'))])).differences.nodes).toEqual([
      { node: 'node-2', mode: 'unknown', wanted: 'ipvs' },
    ]);
  });

  it('is not guessed where a newer one cannot be read, and there has to be one', async () => {
    const broken = { name: 'broken', createdAt: '', uid: '', unreadable: 'it is broken' };
    await expect(chooseSnapshot(afterwards(), [broken, listedOf(snapshotOf('one'))])).rejects.toMatchObject({
      kind: 'Invalid',
      message: expect.stringContaining('it is broken'),
      details: { hint: expect.stringContaining('--snapshot') },
    });
    await expect(chooseSnapshot(afterwards(), [])).rejects.toThrow(/There is no snapshot of a migration/);
  });
});
