import { expect, test } from 'vitest';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts } from './support.ts';

const code = 'PXS013';
const facts = (...command: string[]) => proxyFacts({ daemonSet: { command } });

test.each([
  [['kube-proxy', '--kubeconfig=/k', '--proxy-mode=ipvs'], /does not use --config: its ConfigMap does not decide/],
  [['kube-proxy', '--config=/c', '--write-config-to=/tmp/c'], /sets --write-config-to, with which kube-proxy exits/],
])('%j stops a run', async (command, message) => {
  const result = await resultOf(code, await facts(...command));
  expect(said(result)).toEqual([expect.stringMatching(message)]);
  expect(result.verdict).toBe('blocker');
  expectActionable(result);
});

test('flags that kube-proxy ignores are told of', async () => {
  expect(said(await resultOf(code, await facts('kube-proxy', '--config=/c', '--ipvs-scheduler=lc', '--v=2')))).toEqual([
    'note: DaemonSet kube-system/kube-proxy sets --ipvs-scheduler, which kube-proxy ignores beside --config: config.conf alone decides',
  ]);
});

test("kubeadm's are fine", async () => {
  expect((await resultOf(code, await proxyFacts())).verdict).toBe('ok');
});

test('without DaemonSets it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['daemonsets'] }))).verdict).toBe('unknown');
});
