import { expect, test } from 'vitest';
import { strictARP } from '../../../src/checks/kube-proxy/strict-arp.ts';
import { parseSystemPod } from '../../../src/cluster/system-pods.ts';
import { keepalived, kubeVip, metalLBSpeaker } from '../../fixtures/objects/virtual-ips.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts, proof } from '../support/facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts, type TextChange } from './support.ts';

const code = 'PXS051';
const strict: TextChange[] = [['strictARP: false', 'strictARP: true']];

test('kube-vip that balances by IPVS stops a run', async () => {
  const result = await resultOf(code, await proxyFacts({ add: { pods: [kubeVip('cp-1', 'true'), kubeVip('cp-2')] } }));
  expect(said(result)).toEqual([
    'blocker: kube-vip balances by virtual servers of IPVS (lb_enable), which kube-proxy flushes when it leaves ipvs, and at each start after that: Pod kube-system/kube-vip-cp-1',
  ]);
  expectActionable(result);
});

test('where every node has left ipvs it is a warning', async () => {
  const facts = healthyFacts({
    systemPods: [parseSystemPod(kubeVip('cp-1', 'true'))],
    proxies: ['cp-1', 'node-1', 'node-2', 'node-3'].map((name) => proof(name, 'nftables')),
  });
  expect((await strictARP.run(facts, 'nftables')).findings).toEqual([
    expect.objectContaining({ severity: 'warning', message: expect.stringContaining('starts in nftables mode') }),
  ]);
});

test('kube-vip that only moves an address is fine', async () => {
  const pods = [kubeVip('cp-1'), kubeVip('cp-2', 'false')];
  expect(await resultOf(code, await proxyFacts({ add: { pods } }))).toMatchObject({
    verdict: 'ok',
    saw: 'ipvs.strictARP: false; kube-vip',
  });
});

test('keepalived may use IPVS: look at its configuration', async () => {
  const result = await resultOf(code, await proxyFacts({ add: { daemonsets: [keepalived] } }));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: keepalived may .*: DaemonSet lb\/keepalived$/)]);
  expectActionable(result);
});

test('keepalived of a Deployment is named by what keeps its name when a pod is replaced', async () => {
  const [container] = Object(keepalived).spec.template.spec.containers;
  const pod = (suffix: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `keepalived-7d9c5b-${suffix}`,
      namespace: 'kube-system',
      uid: suffix,
      ownerReferences: [{ kind: 'ReplicaSet', name: 'keepalived-7d9c5b', controller: true }],
    },
    spec: { nodeName: 'worker-1', containers: [container] },
  });
  const [before, after] = await Promise.all(
    ['x7kqp', 'm2wvd'].map(async (suffix) => resultOf(code, await proxyFacts({ add: { pods: [pod(suffix)] } }))),
  );
  expect(before?.findings[0]?.objects).toEqual(['ReplicaSet kube-system/keepalived-7d9c5b']);
  expect(after).toEqual(before);
});

test('strictARP for MetalLB is no longer needed, and what it set stays', async () => {
  const result = await resultOf(code, await proxyFacts({ config: strict, add: { daemonsets: [metalLBSpeaker] } }));
  expect(said(result)).toEqual([
    'note: ipvs.strictARP is no longer needed in nftables mode, not for DaemonSet metallb-system/speaker either; its sysctls (arp_ignore 1, arp_announce 2) stay until a node is rebooted',
  ]);
});

test('without strictARP MetalLB has nothing to be told', async () => {
  expect((await resultOf(code, await proxyFacts({ add: { daemonsets: [metalLBSpeaker] } }))).verdict).toBe('ok');
});

test.each(['configmaps', 'daemonsets', 'pods'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await proxyFacts({ without: [plural] }))).verdict).toBe('unknown');
});
