import { describe, expect, it } from 'vitest';
import { createObject, mergePatch, readObject } from '../../src/cluster/objects.ts';
import { felixConfigurationDefault, installation, nodeFelixConfiguration } from '../../src/cluster/refs.ts';
import type { AuditWrite } from '../../src/rehearsal/audit.ts';
import type { RehearsalCluster } from '../../src/rehearsal/cluster.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin, felixConfigurationsOf, modesOf, objectsOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

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

describe('up to Calico 3.31 one Felix goes first', () => {
  it.each([
    { calico: 'operator', patched: 'patch installations default' },
    { calico: 'manifest', patched: 'patch felixconfigurations default' },
  ] as const)('$calico install: node.<canary> is made, watched, and taken away after all have followed', async ({
    calico,
    patched,
  }) => {
    const { cluster, start } = await rehearse({ calico, entry: { rollout: { canarySoak: '10m' } } });
    const run = await start();
    await run.approve();
    const { steps } = await run.until('the canary is watched', ({ waitingFor }) => waitingFor.includes('soak'));
    const { plan } = await run.report();
    const canary = plan?.calico?.canary?.node ?? '';
    expect(canary).toBe(plan?.kubeProxy.canary?.node);
    expect(inNftables(cluster)).toEqual([canary]);
    expect(steps.at(-1)).toMatchObject({ phase: 'calico', result: 'running' });
    expect(await writesOf(cluster)).not.toContain(patched);

    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    expect(inNftables(cluster)).toEqual([]);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
    expect((await felixConfigurationsOf(cluster)).map(({ metadata }) => metadata.name)).toEqual(['default']);

    // The second run waits for nothing, and ends.
  });
});
