import { readFile, writeFile } from 'node:fs/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createObject, deleteObject, readObject } from '../../src/cluster/objects.ts';
import { ownParts } from '../../src/cluster/own-parts.ts';
import { asAdmin, modesOf, objectsOf } from '../e2e/support/objects.ts';
import { type Rehearsal, rehearse } from '../e2e/support/rehearse.ts';
import { type FaultProxy, startFaultProxy } from './proxy.ts';

/** Puts a proxy between the worker and the API server; the worker reads clusters.yaml anew for each step. */
async function withProxy(rehearsal: Rehearsal): Promise<FaultProxy> {
  const { cluster, clustersFile } = rehearsal;
  const kubeconfig = await cluster.workerKubeconfig();
  const proxy = await startFaultProxy(kubeconfig, cluster.context);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const text = await readFile(clustersFile, 'utf8');
  await writeFile(clustersFile, text.replace(kubeconfig, proxy.kubeconfigPath));
  return proxy;
}

it('an API server that answers 500, 429 and 409, hangs up and cuts watches only delays the run', async () => {
  const rehearsal = await rehearse({ nodes: 6, scenario: 'slow-nodes' });
  const proxy = await withProxy(rehearsal);
  proxy.inject({ match: /^GET \/api\/v1\/nodes\?/, fault: { status: 500 }, times: 2 });
  proxy.inject({ match: /^PATCH .*configmaps\/kube-proxy/, fault: { status: 409 } });
  proxy.inject({ match: /^DELETE .*pods/, fault: { status: 429, headers: { 'retry-after': '1' } } });
  proxy.inject({ match: /^PATCH .*installations/, fault: 'cut' });
  proxy.inject({ match: /portforward/, fault: 'cut', times: 3 });
  const run = await rehearsal.start();
  await run.approve();
  await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
  proxy.cutAll();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(new Set(Object.values(modesOf(rehearsal.cluster)))).toEqual(new Set(['nftables']));
});

it('a write that reached the cluster but whose answer was lost is not done twice, and is undone', async () => {
  const rehearsal = await rehearse({
    calico: 'none',
    scenario: 'canary-crashes',
    entry: { rollout: { nodeTimeout: '8s' } },
  });
  const before = await objectsOf(rehearsal.cluster);
  const proxy = await withProxy(rehearsal);
  proxy.inject({ match: /^PATCH .*configmaps\/kube-proxy/, fault: { cutAfterBytes: 10 }, times: 2 });
  const run = await rehearsal.start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome).toBe('rolled-back');
  expect(await objectsOf(rehearsal.cluster)).toEqual(before);
});

it('credentials that expire in the middle are waited for: nothing is undone for it', async () => {
  const rehearsal = await rehearse({ calico: 'none', nodes: 4 });
  const proxy = await withProxy(rehearsal);
  const expired = { status: 401, body: '{"kind":"Status","status":"Failure","message":"Unauthorized","code":401}' };
  const run = await rehearsal.start();
  await run.offered();
  proxy.inject({ match: /^DELETE .*pods/, fault: expired });
  await run.approve();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
});

it('a permission that is taken away in the middle stops the run, and the undo goes on when it is back', async () => {
  const rehearsal = await rehearse({ calico: 'none' });
  const before = await objectsOf(rehearsal.cluster);
  const proxy = await withProxy(rehearsal);
  const forbidden = {
    status: 403,
    body: '{"kind":"Status","status":"Failure","message":"pods is forbidden","code":403}',
  };
  proxy.inject({ match: /^DELETE .*pods/, fault: forbidden });
  // Two attempts of the first undo step fail too, and are tried again.
  proxy.inject({ match: /^GET .*configmaps\/proxyshift-snapshot/, fault: { status: 503 }, times: 2 });
  const run = await rehearsal.start();
  await run.approve();
  const report = await run.ended();
  expect(report.outcome).toBe('rolled-back');
  expect(report.failure).toMatchObject({ kind: 'Forbidden', message: expect.stringContaining('delete') });
  expect(await objectsOf(rehearsal.cluster)).toEqual(before);
});

it('an undo step that cannot succeed is shown as stuck, waits for a person, and ends when they have mended it', async () => {
  const rehearsal = await rehearse({ calico: 'none', nodes: 3, entry: { rollout: { soak: '10m' } } });
  const before = await objectsOf(rehearsal.cluster);
  const run = await rehearsal.start();
  await run.approve();
  await run.until('the soak', ({ phase }) => phase === 'soak');
  const { snapshot } = await run.report();
  if (snapshot === undefined) throw new Error('no snapshot');
  const admin = await asAdmin(rehearsal.cluster);
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', ...snapshot };
  const saved = await readObject(admin, ref);
  await deleteObject(admin, ref);
  await run.say('rollback');
  const stuck = await run.until('the rollback to be stuck', ({ phase }) => phase === 'rollback-stuck');
  expect(stuck.waitingFor).toMatch(/a person: .*The snapshot .* is gone/);

  await createObject(admin, ref, ownParts(saved));
  expect(await run.say('resume')).toMatch(/trying again now/);
  const report = await run.ended();
  expect(report.outcome).toBe('rolled-back');
  expect(await objectsOf(rehearsal.cluster)).toEqual(before);
});

it('an API server that loses answers and cuts streams while stand-bys serve only delays the run, and no node is without rules', async () => {
  const rehearsal = await rehearse({
    calico: 'none',
    nodes: 3,
    also: ['make-before-break'],
    entry: { rollout: { handover: 'make-before-break', drainTimeout: '20s' } },
  });
  const { cluster } = rehearsal;
  const proxy = await withProxy(rehearsal);
  // The pod is there, and nobody has been told; a dry run is no creation.
  proxy.inject({ match: /^POST [^?]*\/pods(?!.*dryRun)/, fault: { cutAfterBytes: 10 }, times: 2 });
  proxy.inject({ match: /^DELETE .*pods\/kube-proxy-standby/, fault: { status: 500 }, times: 2 });
  proxy.inject({ match: /^GET .*\/log\?.*ipvs-connections/, fault: 'cut', times: 2 });
  proxy.inject({ match: /portforward/, fault: 'cut', times: 3 });
  const run = await rehearsal.start();
  await run.approve();
  const serves = () => cluster.nodes().filter(({ standbys, nftablesTable }) => standbys.length > 0 && nftablesTable);
  await expect.poll(() => serves().length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(0);
  proxy.cutAll();
  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  const served = { outages: 0, cutConnections: 0, ipvsInterface: false, nftablesTable: true, standbys: [] };
  expect(cluster.nodes()).toMatchObject(Array(3).fill(served));
});
