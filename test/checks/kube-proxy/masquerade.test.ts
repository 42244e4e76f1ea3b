import { describe, expect, test } from 'vitest';
import { editProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { configText, proxyFacts, type TextChange } from './support.ts';

const code = 'PXS053';
/** kubeadm's text, with these two sections. */
const sections = (iptables: [all: string, bit: string], nftables: [all: string, bit: string]): TextChange[] => [
  [
    'iptables:\n  localhostNodePorts: null\n  masqueradeAll: false\n  masqueradeBit: null',
    `iptables:\n  localhostNodePorts: null\n  masqueradeAll: ${iptables[0]}\n  masqueradeBit: ${iptables[1]}`,
  ],
  [
    'nftables:\n  masqueradeAll: false\n  masqueradeBit: null',
    `nftables:\n  masqueradeAll: ${nftables[0]}\n  masqueradeBit: ${nftables[1]}`,
  ],
];
const check = async (config: TextChange[]) => await resultOf(code, await proxyFacts({ config }));

test('what ipvs uses is carried across, and said', async () => {
  const config = sections(['true', '12'], ['false', 'null']);
  expect(said(await check(config))).toEqual([
    'note: iptables.masqueradeAll: true is carried across to nftables.masqueradeAll, where nftables mode looks for it',
    'note: iptables.masqueradeBit: 12 is carried across to nftables.masqueradeBit, where nftables mode looks for it',
  ]);
});

describe('what contradicts it', () => {
  test('is replaced, where ipvs has it set', async () => {
    const result = await check(sections(['false', '12'], ['true', '13']));
    expect(said(result)).toEqual([
      'warning: nftables.masqueradeAll is true, but ipvs runs with iptables.masqueradeAll: false; the run replaces the former by the latter',
      'warning: nftables.masqueradeBit is 13, but ipvs runs with iptables.masqueradeBit: 12; the run replaces the former by the latter',
    ]);
    expectActionable(result);
  });

  test('counts, where ipvs has the default', async () => {
    const result = await check(sections(['null', 'null'], ['true', '13']));
    expect(said(result)).toEqual([
      'warning: nftables.masqueradeAll is true and counts after the run; ipvs runs with false, since iptables.masqueradeAll is not set',
      'warning: nftables.masqueradeBit is 13 and counts after the run; ipvs runs with 14, since iptables.masqueradeBit is not set',
    ]);
  });
});

test.each([
  [
    ['true', '12'],
    ['false', 'null'],
  ],
  [
    ['false', '12'],
    ['true', '13'],
  ],
  [
    ['null', 'null'],
    ['true', '13'],
  ],
  [
    ['false', 'null'],
    ['false', 'null'],
  ],
] as const)('it says what the edit does: iptables %j, nftables %j', async (iptables, nftables) => {
  const config = sections([...iptables], [...nftables]);
  const edited = editProxyConfig(configText(...config), { mode: 'nftables' }).changes.map(({ path }) => path);
  const told = said(await check(config)).flatMap((text) =>
    /carried across|replaces/.test(text) ? (/nftables\.\w+/.exec(text) ?? []) : [],
  );
  expect(told).toEqual(edited.filter((path) => path.startsWith('nftables.')));
});

test('sync periods of ipvs are left behind', async () => {
  const config: TextChange[] = [['minSyncPeriod: 0s\n  scheduler', 'minSyncPeriod: 5s\n  scheduler']];
  expect(said(await check(config))).toEqual([
    'note: ipvs.minSyncPeriod: 5s is not carried across: nftables mode has periods of its own (nftables.syncPeriod, nftables.minSyncPeriod)',
  ]);
});

test('the same in both is fine', async () => {
  expect(await check(sections(['true', '12'], ['true', '12']))).toMatchObject({
    verdict: 'ok',
    saw: 'masqueradeAll true, masqueradeBit 12',
  });
});

test('nothing is carried where the mode is nftables already', async () => {
  expect(
    (await check([...sections(['true', '12'], ['false', 'null']), ['mode: ipvs', 'mode: nftables']])).verdict,
  ).toBe('ok');
});

test('without the ConfigMap it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['configmaps'] }))).verdict).toBe('unknown');
});
