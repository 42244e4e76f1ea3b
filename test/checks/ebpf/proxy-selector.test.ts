import { expect, it } from 'vitest';
import { operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const keys = ['operator.tigera.io/disable-kube-proxy', 'non-calico'];

it.each(keys)('blocks %s where Calico does not run eBPF', async (key) => {
  const result = await ebpfResult('PXS088', { proxy: { nodeSelector: { [key]: 'true' } } });
  expect(result.findings).toMatchObject([
    {
      severity: 'blocker',
      message: expect.stringContaining(`nodeSelector ${key}, though`),
      objects: ['DaemonSet kube-system/kube-proxy'],
      command: `kubectl -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"${key}":null}}}}}'`,
    },
  ]);
});

it.each(keys)('notes %s where it does: the cluster is there already', async (key) => {
  const calico = operatorCalico({ network: { linuxDataplane: 'BPF' } });
  const result = await ebpfResult('PXS088', { calico, proxy: { nodeSelector: { [key]: 'true' } } });
  expect(result.findings).toMatchObject([{ severity: 'note', message: expect.stringContaining('there already') }]);
});

it('blocks kube-proxy that runs beside eBPF', async () => {
  const calico = operatorCalico({ network: { linuxDataplane: 'BPF' } });
  expect((await ebpfResult('PXS088', { calico })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringContaining('kube-proxy is not switched off') },
  ]);
});

it("is content with kubeadm's own selector", async () => {
  expect(await ebpfResult('PXS088')).toMatchObject({ verdict: 'ok', saw: 'nodeSelector: kubernetes.io/os' });
});

it('is unknown without DaemonSets', async () => {
  expect(await ebpfResult('PXS088', { without: ['daemonsets'] })).toMatchObject({ verdict: 'unknown' });
});
