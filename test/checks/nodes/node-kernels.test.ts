import { expect, test } from 'vitest';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { proxyFacts } from '../kube-proxy/support.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';

const code = 'PXS003';
const facts = (tag: string, skip?: string, kernelVersion = '5.4.0-216-generic', without: string[] = []) =>
  proxyFacts({
    daemonSet: {
      image: `registry.k8s.io/kube-proxy:${tag}`,
      env: skip === undefined ? [] : [{ name: 'KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK', value: skip }],
    },
    replace: { nodes: [nodeObject('new'), nodeObject('old', { kernelVersion })] },
    without,
  });

test('an old kernel stops a run', async () => {
  const result = await resultOf(code, await facts('v1.35.4'));
  expect(said(result)).toEqual([
    'blocker: kube-proxy in nftables mode needs kernel 5.13 or newer; older: old (5.4.0-216-generic)',
  ]);
  expectActionable(result);
});

test('kube-proxy was told to start on it: the person knows, and is warned', async () => {
  const result = await resultOf(code, await facts('v1.35.4', 'true'));
  expect(said(result)).toEqual([
    expect.stringMatching(/^warning: .*KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK tells it to start.*: old \(5\.4/),
  ]);
  expectActionable(result);
});

test('an empty value tells it nothing', async () => {
  expect((await resultOf(code, await facts('v1.35.4', ''))).verdict).toBe('blocker');
});

test('up to 1.32 the variable makes kube-proxy check, and exit', async () => {
  expect((await resultOf(code, await facts('v1.32.10', 'true'))).verdict).toBe('blocker');
});

test('5.13 is new enough', async () => {
  expect(await resultOf(code, await facts('v1.35.4', undefined, '5.13.0-19-generic'))).toMatchObject({
    verdict: 'ok',
    saw: '2 nodes, kernels 5.13.0 to 6.8.0',
  });
});

test.each(['nodes', 'daemonsets'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await facts('v1.35.4', undefined, '6.8.0', [plural]))).verdict).toBe('unknown');
});
