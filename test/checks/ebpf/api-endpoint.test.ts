import { expect, it } from 'vitest';
import { manifestCalico, operatorCalico, servicesEndpoint } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const inOperator = { configmaps: [servicesEndpoint('tigera-operator')] };
const old = operatorCalico({ version: 'v3.30.4', operatorImage: 'quay.io/tigera/operator:v1.38.6' });

it('blocks a ConfigMap beside bpfNetworkBootstrap, which the operator refuses', async () => {
  const calico = operatorCalico({ network: { linuxDataplane: 'BPF', bpfNetworkBootstrap: 'Enabled' } });
  expect((await ebpfResult('PXS083', { calico, add: inOperator })).findings).toMatchObject([
    {
      severity: 'blocker',
      message: expect.stringContaining('the operator does nothing until'),
      objects: ['ConfigMap tigera-operator/kubernetes-services-endpoint', 'Installation default'],
    },
  ]);
});

it('blocks one that the bpfNetworkBootstrap of the run would meet', async () => {
  expect((await ebpfResult('PXS083', { add: inOperator })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringContaining('refuses bpfNetworkBootstrap beside it') },
  ]);
});

it('warns where a person has to tell Calico the address: the run asks for it', async () => {
  expect((await ebpfResult('PXS083', { calico: old })).findings).toMatchObject([
    { severity: 'warning', command: expect.stringMatching(/^kubectl -n tigera-operator create configmap/) },
  ]);
  expect((await ebpfResult('PXS083', { calico: manifestCalico(), add: inOperator })).findings).toMatchObject([
    { severity: 'warning', objects: ['ConfigMap kube-system/kubernetes-services-endpoint'] },
  ]);
});

it('is content with one way', async () => {
  expect(await ebpfResult('PXS083')).toMatchObject({ verdict: 'ok' });
  expect(await ebpfResult('PXS083', { calico: old, add: inOperator })).toMatchObject({ verdict: 'ok' });
  const add = { configmaps: [servicesEndpoint('kube-system')] };
  expect(await ebpfResult('PXS083', { calico: manifestCalico(), add })).toMatchObject({ verdict: 'ok' });
});

it.each(['configmaps', 'deployments'])('is unknown without %s', async (kind) => {
  expect(await ebpfResult('PXS083', { without: [kind] })).toMatchObject({ verdict: 'unknown' });
});
