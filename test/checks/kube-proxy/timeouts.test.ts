import { expect, test } from 'vitest';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts, type TextChange } from './support.ts';

const code = 'PXS052';

test('timeouts of IPVS that will not count any more', async () => {
  const config: TextChange[] = [
    ['tcpTimeout: 0s', 'tcpTimeout: 15m0s'],
    ['  udpTimeout: 0s\nkind', '  udpTimeout: 30s\nkind'],
  ];
  const result = await resultOf(code, await proxyFacts({ config }));
  expect(said(result)).toEqual([
    'warning: ipvs.tcpTimeout: 15m0s, ipvs.udpTimeout: 30s will not count: in nftables mode the timeouts of conntrack end idle connections',
  ]);
  expectActionable(result);
});

test('zero, which leaves those of the system, is fine', async () => {
  const config: TextChange[] = [['tcpFinTimeout: 0s', 'tcpFinTimeout: 0h0m0s']];
  expect(await resultOf(code, await proxyFacts({ config }))).toMatchObject({ verdict: 'ok', saw: 'none is set' });
});

test('a timeout of conntrack is none of IPVS', async () => {
  const config: TextChange[] = [['udpStreamTimeout: 0s', 'udpStreamTimeout: 3m0s']];
  expect((await resultOf(code, await proxyFacts({ config }))).verdict).toBe('ok');
});

test('without the ConfigMap it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['configmaps'] }))).verdict).toBe('unknown');
});
