import { expect, test } from 'vitest';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts, type TextChange } from './support.ts';

const code = 'PXS054';
const facts = (addresses: string, tag = 'v1.35.4', more: TextChange[] = []) =>
  proxyFacts({
    config: [['nodePortAddresses: null', `nodePortAddresses: ${addresses}`], ...more],
    daemonSet: { image: `registry.k8s.io/kube-proxy:${tag}` },
  });

test.each([
  ['[primary, 192.0.2.0/24]', 'v1.36.3', 'primary'],
  ['[all]', 'v1.36.3', 'all'],
  ['[192.0.2.1, 192.0.2.0/33, "2001:db8::/64"]', 'v1.35.4', '192.0.2.1, 192.0.2.0/33'],
  ['[everything]', 'v1.37.2', 'everything'],
])('kube-proxy would not start: %s in %s', async (addresses, tag, refused) => {
  const result = await resultOf(code, await facts(addresses, tag));
  expect(said(result)).toEqual([`blocker: kube-proxy ${tag} does not start with ${refused} in nodePortAddresses`]);
  expectActionable(result);
});

test('loopback serves nothing, before and after', async () => {
  expect(said(await resultOf(code, await facts('[127.0.0.0/8, 192.0.2.0/24]')))).toEqual([
    'note: nodePortAddresses has 127.0.0.0/8: NodePorts are not served on loopback addresses in ipvs mode, and not in nftables mode either',
  ]);
  expect(said(await resultOf(code, await facts('[primary, localhost]', 'v1.37.2')))).toEqual([
    expect.stringMatching(/^note: .* unless feature gate KubeProxyNFTablesLocalhostNodePorts is on \(TCP alone\)$/),
  ]);
});

test.each([
  ['null', 'nodePortAddresses: empty, all addresses of a node, which the run writes down as ranges'],
  ['[primary]', 'nodePortAddresses: primary'],
  ['[192.0.2.0/24, "2001:db8::/64"]', 'nodePortAddresses: 192.0.2.0/24, 2001:db8::/64'],
])('%s keeps its meaning', async (addresses, saw) => {
  expect(await resultOf(code, await facts(addresses))).toMatchObject({ verdict: 'ok', saw });
});

test('1.37 takes words in any combination', async () => {
  expect((await resultOf(code, await facts('[primary, 192.0.2.0/24]', 'v1.37.2'))).verdict).toBe('ok');
});

test('empty means primary where the mode is nftables already', async () => {
  expect(await resultOf(code, await facts('null', 'v1.35.4', [['mode: ipvs', 'mode: nftables']]))).toMatchObject({
    saw: 'nodePortAddresses: empty, only the primary addresses of a node, as this kube-proxy runs already',
  });
});

test.each(['configmaps', 'daemonsets'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await proxyFacts({ without: [plural] }))).verdict).toBe('unknown');
});
