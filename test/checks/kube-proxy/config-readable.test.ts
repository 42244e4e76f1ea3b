import { expect, test } from 'vitest';
import { proxyConfigMapObject } from '../../fixtures/objects/kube-proxy.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts, type TextChange } from './support.ts';

const code = 'PXS011';

test.each<[string, TextChange, RegExp]>([
  ['cannot be read', ['mode: ipvs', 'mode: ipvs6'], /^blocker: config\.conf is not valid: mode is "ipvs6"/],
  [
    'has a timeout that is none',
    ['tcpTimeout: 0s', 'tcpTimeout: 900'],
    /^blocker: config\.conf is not valid: ipvs\.tcpTimeout is 900/,
  ],
  ['could only be edited by guessing', ['mode: ipvs', 'mode: &mode ipvs'], /^blocker: /],
])('a config.conf that %s stops a run', async (_, change, message) => {
  const result = await resultOf(code, await proxyFacts({ config: [change] }));
  expect(said(result)).toEqual([expect.stringMatching(message)]);
  expectActionable(result);
});

test('none at all stops a run', async () => {
  const result = await resultOf(code, await proxyFacts({ replace: { configmaps: [] } }));
  expect(said(result)).toEqual(['blocker: ConfigMap kube-system/kube-proxy does not exist']);
  const elsewhere = { ...proxyConfigMapObject(''), data: { config: 'mode: ipvs' } };
  expect(said(await resultOf(code, await proxyFacts({ replace: { configmaps: [elsewhere] } })))).toEqual([
    expect.stringMatching(/has no key config\.conf \(keys: config\)$/),
  ]);
});

test("kubeadm's can be read and edited", async () => {
  expect(await resultOf(code, await proxyFacts())).toMatchObject({ verdict: 'ok', saw: 'mode: ipvs' });
});

test('without ConfigMaps it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['configmaps'] }))).verdict).toBe('unknown');
});
