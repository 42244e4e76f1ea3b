import { expect, test } from 'vitest';
import { proxyDaemonSetObject, staticProxyPod } from '../../fixtures/objects/kube-proxy.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts } from './support.ts';

const code = 'PXS033';

test('a DaemonSet for each pool, and one elsewhere: no run, since it would touch one of them', async () => {
  const daemonsets = [
    proxyDaemonSetObject({ name: 'kube-proxy-gpu', nodeSelector: { pool: 'gpu' } }),
    proxyDaemonSetObject({ namespace: 'infra', image: 'docker.io/library/proxy:1', command: ['kube-proxy'] }),
  ];
  const result = await resultOf(code, await proxyFacts({ add: { daemonsets } }));
  expect(said(result)).toEqual([
    'blocker: kube-proxy runs from other DaemonSets too, which a run does not touch: DaemonSet infra/kube-proxy, DaemonSet kube-system/kube-proxy-gpu',
  ]);
  expectActionable(result);
});

test('static pods beside the DaemonSet', async () => {
  const result = await resultOf(code, await proxyFacts({ add: { pods: [staticProxyPod('worker-9')] } }));
  expect(said(result)).toEqual([
    'blocker: kube-proxy runs as a static pod beside its DaemonSet: Pod kube-system/kube-proxy-worker-9',
  ]);
  expectActionable(result);
});

test('the one for Windows is no second one', async () => {
  const windows = proxyDaemonSetObject({
    name: 'kube-proxy-windows',
    image: 'docker.io/sigwindowstools/kube-proxy:v1.35.4-calico-hostprocess',
    nodeSelector: { 'kubernetes.io/os': 'windows' },
  });
  expect(await resultOf(code, await proxyFacts({ add: { daemonsets: [windows] } }))).toMatchObject({
    verdict: 'ok',
    saw: '1 DaemonSet and 0 static pods of kube-proxy',
  });
});

test('static pods alone are for PXS010 to tell of', async () => {
  const facts = await proxyFacts({ replace: { daemonsets: [], pods: [staticProxyPod('worker-9')] } });
  expect((await resultOf(code, facts)).verdict).toBe('ok');
});

test.each(['daemonsets', 'pods'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await proxyFacts({ without: [plural] }))).verdict).toBe('unknown');
});
