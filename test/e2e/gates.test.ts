import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mergePatch, readObject } from '../../src/cluster/objects.ts';
import { kubeProxyConfigMap, kubeProxyDaemonSet } from '../../src/cluster/refs.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { asAdmin, modesOf, objectsOf } from './support/objects.ts';
import { rehearse } from './support/rehearse.ts';

const soaking = { calico: 'none', entry: { rollout: { canarySoak: '10m' } } } as const;
/** Long enough for a test to do something meanwhile, and short enough to wait for. */
const soakingBriefly = { calico: 'none', entry: { rollout: { canarySoak: '8s' } } } as const;

describe('what somebody else changes meanwhile is not overwritten, and not rolled over', () => {
  it('the ConfigMap that a controller reverts: named, and held until a person resumes', async () => {
    const { cluster, start } = await rehearse(soakingBriefly);
    const admin = await asAdmin(cluster);
    const { data } = Object((await readObject(admin, kubeProxyConfigMap)) ?? {});
    const run = await start();
    await run.approve();
    await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
    await mergePatch(admin, kubeProxyConfigMap, { data: { 'config.conf': data['config.conf'] } });
    const held = await run.until('the run to hold', ({ paused }) => paused);
    expect(held.waitingFor).toMatch(/ConfigMap kube-system\/kube-proxy .*last written by proxyshift|last written by/);
    expect(Object.values(modesOf(cluster)).filter((mode) => mode === 'nftables')).toHaveLength(1);
    await run.say('resume');
    const report = await run.ended();
    expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['nftables']));
  });

  it('the DaemonSet that is edited: held, and rolled back where a person says so', async () => {
    const { cluster, start } = await rehearse(soakingBriefly);
    const before = await objectsOf(cluster);
    const admin = await asAdmin(cluster);
    const run = await start();
    await run.approve();
    await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
    const limits = { metadata: { annotations: { 'example.com/edited': 'yes' } } };
    await mergePatch(admin, kubeProxyDaemonSet, { spec: { template: limits } });
    const held = await run.until('the run to hold', ({ paused }) => paused);
    expect(held.waitingFor).toMatch(/DaemonSet kube-system\/kube-proxy/);
    await run.say('rollback');
    const report = await run.ended();
    expect(report.outcome).toBe('rolled-back');
    const after = await objectsOf(cluster);
    expect(after.configMap).toEqual(before.configMap);
    await cluster.settled();
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
  });
});

describe('the cluster is compared with itself', () => {
  it('a migrated node that is lost undoes the run; one that was bad before does not matter', async () => {
    const { cluster, start } = await rehearse({
      ...soakingBriefly,
      entry: { rollout: { canarySoak: '6s', nodeTimeout: '5s', notReadyTimeout: '1s' } },
    });
    const run = await start();
    await run.approve();
    await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
    const { plan } = await run.report();
    const canary = plan?.kubeProxy.canary?.node ?? '';
    await cluster.setNodeReady(canary, false);
    const failed = await run.until('the failure', ({ phase }) => phase === 'rollback');
    expect(failed.failure).toContain(`The cluster is worse than before the run: Node ${canary}`);
    await cluster.setNodeReady(canary, true);
    expect((await run.ended()).outcome).toBe('rolled-back');
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
  });
});

describe('maintenance windows', () => {
  it('outside of them nothing is written, what is waited for is visible, and a person can end it', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const freeze = [{ from: today, to: '2099-12-31', why: 'the test' }];
    const { cluster, start } = await rehearse({ calico: 'none', entry: { freeze } });
    const run = await start();
    await run.approve();
    const waiting = await run.until('the freeze', ({ waitingFor }) => /maintenance window/.test(waitingFor));
    expect(waiting.waitingFor).toContain('the test');
    await run.say('abort');
    expect((await run.ended()).outcome).toBe('aborted');
    const written = (await cluster.auditWrites(workerUser)).map(({ verb, resource }) => `${verb} ${resource}`);
    expect(written).toEqual(['create leases', 'create configmaps', 'delete leases']);
  });

  it('inside of one the run goes on', async () => {
    const windows = [{ start: '* * * * *', duration: '1h' }];
    const { start } = await rehearse({ calico: 'none', nodes: 2, entry: { windows } });
    const run = await start();
    await run.approve();
    expect((await run.ended()).outcome).toBe('migrated');
  });
});

describe('alerts', () => {
  it('a firing one holds the next wave until it falls silent', async () => {
    let firing = true;
    let asked = 0;
    const prometheus = createServer((_request, response) => {
      asked += 1;
      const alerts = firing ? [{ labels: { alertname: 'KubeAPIDown' }, annotations: {}, state: 'firing' }] : [];
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ status: 'success', data: { alerts } }));
    });
    await new Promise<void>((resolve) => prometheus.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void prometheus.close());
    const { port } = prometheus.address() as AddressInfo;
    const alerts = { url: `http://127.0.0.1:${port}`, names: ['KubeAPIDown'], patience: '1m' };
    const { cluster, start } = await rehearse({ calico: 'none', nodes: 2, entry: { rollout: { alerts } } });
    const run = await start();
    await run.approve();
    await run.until('the alert', ({ waitingFor }) => /alert/.test(waitingFor) && asked > 0);
    expect(new Set(Object.values(modesOf(cluster)))).toEqual(new Set(['ipvs']));
    firing = false;
    expect((await run.ended()).outcome).toBe('migrated');
  });
});

it('a canary that soaks for long is ended by abort at once', async () => {
  const { cluster, start } = await rehearse(soaking);
  const run = await start();
  await run.approve();
  await run.until('the canary soak', ({ waitingFor }) => waitingFor.includes('soak'));
  await run.say('abort');
  const report = await run.ended();
  expect(report.outcome).toBe('aborted');
  expect(Object.fromEntries(report.nodes.map(({ node, mode }) => [node, mode]))).toEqual(modesOf(cluster));
});
