import { describe, expect, it } from 'vitest';
import { listFelixPods, readFelix } from '../../src/cluster/calico/felix.ts';
import { createObject } from '../../src/cluster/objects.ts';
import { nodeFelixConfiguration } from '../../src/cluster/refs.ts';
import type { Report } from '../../src/model/report.ts';
import type { AuditWrite } from '../../src/rehearsal/audit.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin, felixConfigurationsOf, modesOf, objectsOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';
import { runRestoreScript } from './support/restore-script.ts';

/** Writes of the worker to Calico and to kube-proxy's pods, as `verb resource name`; pods without their random names. */
async function writesOf(cluster: RehearsalCluster): Promise<string[]> {
  const nameOf = ({ resource, name }: AuditWrite) => (resource === 'pods' ? '' : ` ${name}`);
  return (await cluster.auditWrites(workerUser))
    .filter(({ resource }) => ['felixconfigurations', 'installations', 'pods'].includes(resource))
    .map((write) => `${write.verb} ${write.resource}${nameOf(write)}`);
}

/** The nodes whose Felix programs nftables now. */
function inNftables(cluster: RehearsalCluster): string[] {
  return cluster.nodes().flatMap(({ name, felixNftables }) => (felixNftables ? [name] : []));
}

function canaryOf({ plan }: Report): string {
  const canary = plan?.calico?.canary ?? plan?.kubeProxy.canary;
  if (canary === undefined) throw new Error('the plan has no canary');
  return canary.node;
}

const allOf = (cluster: RehearsalCluster) => cluster.nodes().map(({ name }) => name);
const deletedPods = Array<string>(5).fill('delete pods');

const installs = [
  { calico: 'operator', namespace: 'calico-system', patched: 'patch installations default' },
  { calico: 'manifest', namespace: 'kube-system', patched: 'patch felixconfigurations default' },
] as const;

describe('up to Calico 3.31 one Felix goes first', () => {
  it.each(installs)(
    '$calico install: node.<canary> is made, and taken away after all have followed',
    async ({ calico, namespace, patched }) => {
      const { cluster, start } = await rehearse({ calico });
      const startsOf = async () => {
        const admin = await asAdmin(cluster);
        const felix = await readFelix(admin, await listFelixPods(admin, namespace));
        return new Map(felix.map(({ pod, state }) => [pod.node, state.starts]));
      };
      // Where Felix was up before kube-proxy it has started twice.
      const startsBefore = await startsOf();
      const run = await start();
      await run.approve();
      const report = await run.ended();
      const canary = canaryOf(report);

      expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
      expect(canary).toBe(report.plan?.kubeProxy.canary?.node);
      const own = `felixconfigurations node.${canary}`;
      expect(await writesOf(cluster)).toEqual([...deletedPods, `create ${own}`, patched, `delete ${own}`]);
      expect((await felixConfigurationsOf(cluster)).map(({ metadata }) => metadata.name)).toEqual(['default']);
      expect(inNftables(cluster)).toEqual(allOf(cluster));
      expect(report.felix.find(({ node }) => node === canary)?.line).toContain('(from datastore (global))');
      // It has the same mode from elsewhere now: its Felix was restarted as often as every other.
      const restarts = [...(await startsOf())].map(([node, starts]) => starts - (startsBefore.get(node) ?? 0));
      expect(new Set(restarts).size).toBe(1);
    },
  );

  it.each(installs)(
    '$calico install: a rollback while it is watched leaves nothing behind',
    async ({ calico, patched }) => {
      const { cluster, start } = await rehearse({ calico, entry: { rollout: { canarySoak: '20s' } } });
      const before = await objectsOf(cluster);
      const run = await start();
      await run.approve();
      await run.until('the canary is watched', ({ waitingFor }) => waitingFor.startsWith('Let Felix on'));
      const canary = canaryOf(await run.report());
      expect(inNftables(cluster)).toEqual([canary]);
      expect(await writesOf(cluster)).not.toContain(patched);
      expect(Object.keys(await objectsOf(cluster))).toContain(`node.${canary}`);

      await run.say('rollback');
      expect((await run.ended()).outcome).toBe('rolled-back');
      expect(await writesOf(cluster)).not.toContain(patched);
      expect(await objectsOf(cluster)).toEqual(before);
      expect(inNftables(cluster)).toEqual([]);
      expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
    },
  );

  it('an abort while it is watched says what is left, and how to take it away; restore.sh does it too', async () => {
    const { cluster, start } = await rehearse({ entry: { rollout: { canarySoak: '20s' } } });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the canary is watched', ({ waitingFor }) => waitingFor.startsWith('Let Felix on'));
    await run.say('abort');
    const report = await run.ended();
    expect(report.outcome).toBe('aborted');
    const name = `node.${canaryOf(report)}`;
    expect(report.remarks.join('\n')).toContain(`kubectl delete felixconfigurations.crd.projectcalico.org ${name}`);
    expect(Object.keys(await objectsOf(cluster))).toContain(name);

    const script = await runRestoreScript(cluster, {
      kubeconfig: cluster.kubeconfigPath,
      snapshot: report.snapshot?.name ?? '',
    });
    expect(script, script.stderr + script.stdout).toMatchObject({ code: 0 });
    expect(script.stdout).toContain(`felixconfigurations.crd.projectcalico.org ${name}: deleted`);
    expect(await objectsOf(cluster)).toEqual(before);
  });

  it('a FelixConfiguration that the canary had is what it was, afterwards', async () => {
    const { cluster, start } = await rehearse({ entry: { rollout: { canaryNode: 'node-01' } } });
    const admin = await asAdmin(cluster);
    const own = nodeFelixConfiguration('node-01');
    await createObject(admin, own, { metadata: { labels: { team: 'network' } }, spec: { logSeverityScreen: 'Info' } });
    const before = (await objectsOf(cluster))[own.name];
    const run = await start();
    await run.approve();
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(report.plan?.calico?.canary).toMatchObject({ node: 'node-01', existing: true });
    const patched = `patch felixconfigurations ${own.name}`;
    expect(await writesOf(cluster)).toEqual([...deletedPods, patched, 'patch installations default', patched]);
    expect((await objectsOf(cluster))[own.name]).toEqual(before);
  });
});

describe('a first Felix that cannot program its rules', () => {
  it.each([
    { calicoVersion: '3.31', phase: 'calico', pods: 10 },
    { calicoVersion: '3.32', phase: 'kube-proxy', pods: 2 },
  ] as const)(
    '$calicoVersion: all goes back before a second node is in nftables',
    async ({ calicoVersion, phase, pods }) => {
      const entry = { calico: { timeout: '8s' } };
      const { cluster, start } = await rehearse({ scenario: 'felix-fails', calicoVersion, entry });
      const before = await objectsOf(cluster);
      const run = await start();
      await run.approve();
      const report = await run.ended();

      expect(report.outcome, JSON.stringify(report.failure)).toBe('rolled-back');
      expect(report.failure).toMatchObject({ kind: 'Unhealthy', message: expect.stringContaining('Felix') });
      expect(report.failure?.nodes?.map(({ node }) => node)).toEqual([canaryOf(report)]);
      expect(report.steps.find((step) => step.result === 'failed')).toMatchObject({ phase });
      expect((await writesOf(cluster)).filter((write) => write === 'delete pods')).toHaveLength(pods);
      expect(await objectsOf(cluster)).toEqual(before);
      expect(report.felix.map(({ nftablesMode }) => nftablesMode)).toEqual(Array(5).fill('Disabled'));
      expect(inNftables(cluster)).toEqual([]);
      expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
    },
  );
});

describe('from Calico 3.32 Felix follows the kube-proxy of its node', () => {
  it('operator install: the Installation first, and each wave waits for its Felix', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.32', scenario: 'slow-nodes' });
    const run = await start();
    await run.approve();
    await run.until('kube-proxy is taken', ({ phase }) => phase === 'kube-proxy');
    expect(inNftables(cluster)).toEqual([]);
    const report = await run.ended();

    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(await writesOf(cluster)).toEqual(['patch installations default', ...deletedPods]);
    const waves = report.plan?.kubeProxy.waves ?? [];
    const walk = report.steps.filter(({ phase }) => phase === 'kube-proxy').map(({ what }) => what);
    expect(walk.filter((what) => /^Restart|^Wait until Felix/.test(what))).toEqual(
      waves.flatMap((wave) => [
        expect.stringMatching(`^Restart kube-proxy on ${wave.join(', ')} `),
        `Wait until Felix has followed on ${wave.join(', ')}`,
      ]),
    );
    expect(report.felix.map(({ useNftables }) => useNftables)).toEqual(Array(5).fill(true));
  });

  it('operator install: a rollback in the middle of the walk takes Calico back first', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.32', scenario: 'slow-nodes', nodes: 6 });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(inNftables(cluster)).toEqual([]);
    const back = report.steps.filter(({ phase }) => phase === 'rollback').map(({ what }) => what);
    expect(back.indexOf('Wait until every Felix is back')).toBeLessThan(
      back.findIndex((what) => what.includes('back to ipvs')),
    );
    expect(report.felix).toHaveLength(6);
  });

  it('manifest install: nothing is written, forward and back, and each Felix is seen to follow', async () => {
    const { cluster, start } = await rehearse({
      calico: 'manifest',
      calicoVersion: '3.32',
      entry: { rollout: { soak: '10m' } },
    });
    const run = await start();
    await run.approve();
    await run.until('the soak', ({ phase }) => phase === 'soak');
    expect(await writesOf(cluster)).toEqual(deletedPods);
    expect(inNftables(cluster)).toEqual(allOf(cluster));
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(await writesOf(cluster)).toEqual([...deletedPods, ...deletedPods]);
    expect(report.felix.map(({ nftablesMode, useNftables }) => [nftablesMode, useNftables])).toEqual(
      Array(5).fill(['Auto', false]),
    );
    expect(inNftables(cluster)).toEqual([]);
  });
});

describe('Calico 3.30 leaves its rules behind', () => {
  it('the run names every node, waits for a person, and keeps who has done it', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.30' });
    const run = await start();
    await run.approve();
    const { byHand } = await run.until('the step by hand', ({ byHand }) => byHand.length > 0);
    expect(byHand.map(({ nodes }) => [...nodes].sort())).toEqual([allOf(cluster).sort()]);
    expect(inNftables(cluster)).toEqual(allOf(cluster));
    await run.confirm('flush-stale-rules');
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.messages).toContainEqual(expect.objectContaining({ message: 'confirm', step: 'flush-stale-rules' }));
    expect(report.findings).toContainEqual(expect.objectContaining({ code: 'PXS072', severity: 'warning' }));
  });

  it('left out by a person: the report says so', async () => {
    const { start } = await rehearse({ calicoVersion: '3.30', nodes: 2 });
    const run = await start();
    await run.approve();
    await run.confirm('flush-stale-rules', { skip: true, comment: 'all nodes are replaced tonight' });
    const report = await run.ended();
    expect(report.outcome).toBe('migrated');
    expect(report.remarks).toContainEqual(expect.stringMatching(/^Left out by .*cali-\*.*replaced tonight$/));
  });

  it('rolled back while it waits: the remarks say which tables stay', async () => {
    const { cluster, start } = await rehearse({ calicoVersion: '3.30', nodes: 2 });
    const before = await objectsOf(cluster);
    const run = await start();
    await run.approve();
    await run.until('the step by hand', ({ byHand }) => byHand.length > 0);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(await objectsOf(cluster)).toEqual(before);
    expect(report.remarks).toContainEqual(expect.stringContaining('nft delete table ip calico'));
  });
});
