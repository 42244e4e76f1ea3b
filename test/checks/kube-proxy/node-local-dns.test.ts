import { expect, test } from 'vitest';
import { nodeLocalDNS } from '../../fixtures/objects/virtual-ips.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts } from './support.ts';

const code = 'PXS057';
const facts = (localIPs: string) => proxyFacts({ add: { daemonsets: [nodeLocalDNS(localIPs)] } });

test('the address of the DNS Service among those it listens on', async () => {
  const result = await resultOf(code, await facts('169.254.20.10,10.96.0.10'));
  expect(said(result)).toEqual([
    expect.stringMatching(/^warning: DaemonSet kube-system\/node-local-dns listens on 10\.96\.0\.10 too, .*dns#682\)$/),
  ]);
  expectActionable(result);
});

test.each(['169.254.20.10', 'fd00::10'])('an address of its own alone should keep working: %s', async (address) => {
  expect(said(await resultOf(code, await facts(address)))).toEqual([
    expect.stringMatching(
      new RegExp(`^note: DaemonSet kube-system/node-local-dns listens on ${address}: .*dns#682\\)$`),
    ),
  ]);
});

test('that of kubespray is found by its image', async () => {
  const result = await resultOf(code, await exportedFacts({ platform: 'kubespray' }));
  expect(result.saw).toBe('DaemonSet kube-system/nodelocaldns: 169.254.25.10');
});

test('a cluster without it has nothing to be told', async () => {
  expect(await resultOf(code, await proxyFacts())).toMatchObject({ verdict: 'ok', saw: 'no NodeLocal DNSCache' });
});

test('without DaemonSets it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['daemonsets'] }))).verdict).toBe('unknown');
});
