import { expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/run-checks.ts';
import type { Target } from '../../../src/model/request.ts';
import { healthyFacts, operatorCalico, proof, proxyDaemonSet } from '../support/facts.ts';

/** kube-proxy wants no pods and shows nothing; `key` is the nodeSelector that has switched it off. */
function switchedOff(key: string | undefined) {
  const daemonSet = proxyDaemonSet({
    status: { desiredNumberScheduled: 0, updatedNumberScheduled: 0, numberReady: 0 },
  });
  if (key) daemonSet.spec.template.spec.nodeSelector = { [key]: 'true' };
  return healthyFacts({
    proxyDaemonSet: daemonSet,
    proxies: ['cp-1', 'node-1', 'node-2', 'node-3'].map((name) => proof(name, 'unknown')),
    calico: operatorCalico({ version: 'v3.32.2', dataplane: 'BPF' }),
  });
}

async function blocked(key: string | undefined, target: Target): Promise<string[]> {
  const results = await runChecks(switchedOff(key), { target, only: ['kube-proxy'] });
  return results.filter(({ verdict }) => verdict === 'blocker').map(({ code }) => code);
}

it.each(['operator.tigera.io/disable-kube-proxy', 'non-calico'])(
  'a kube-proxy that %s has switched off for eBPF is not missed',
  async (key) => {
    expect(await blocked(key, 'ebpf')).toEqual([]);
  },
);

it('one that is off for another reason is, and for nftables it always is', async () => {
  expect(await blocked(undefined, 'ebpf')).toEqual(expect.arrayContaining(['PXS010', 'PXS012']));
  expect(await blocked('non-calico', 'nftables')).toEqual(expect.arrayContaining(['PXS010', 'PXS012']));
});
