import { expect, test } from 'vitest';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts } from './support.ts';

const code = 'PXS055';
const facts = (mode: string, tag: string) =>
  proxyFacts({
    config: [['detectLocalMode: ""', `detectLocalMode: ${mode}`]],
    daemonSet: { image: `registry.k8s.io/kube-proxy:${tag}` },
  });

test.each(['v1.31.14', 'v1.32.10', 'v1.33.5', 'v1.34.1'])(
  'a prefix stops %s from programming anything',
  async (tag) => {
    const result = await resultOf(code, await facts('InterfaceNamePrefix', tag));
    expect(said(result)).toEqual([
      `blocker: kube-proxy ${tag} cannot program its rules in nftables mode with detectLocalMode InterfaceNamePrefix (kubernetes/kubernetes#134024)`,
    ]);
    expectActionable(result);
  },
);

test('a bridge does so until it is there', async () => {
  const result = await resultOf(code, await facts('BridgeInterface', 'v1.34.0'));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: .* until the bridge is there in nftables mode/)]);
  expectActionable(result);
});

test.each([
  ['InterfaceNamePrefix', 'v1.33.6'],
  ['InterfaceNamePrefix', 'v1.34.2'],
  ['BridgeInterface', 'v1.35.0'],
  ['NodeCIDR', 'v1.34.0'],
  ['""', 'v1.34.0'],
])('%s of %s is fine', async (mode, tag) => {
  expect((await resultOf(code, await facts(mode, tag))).verdict).toBe('ok');
});

test('not set means ClusterCIDR', async () => {
  expect(await resultOf(code, await proxyFacts())).toMatchObject({
    saw: 'detectLocalMode: ClusterCIDR, kube-proxy v1.35.4',
  });
});

test.each(['configmaps', 'daemonsets'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await proxyFacts({ without: [plural] }))).verdict).toBe('unknown');
});
