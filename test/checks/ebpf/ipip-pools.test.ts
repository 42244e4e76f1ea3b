import { expect, it } from 'vitest';
import { ipPool, operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfFacts, ebpfResult } from '../support/ebpf-facts.ts';
import { apiService, resultOf } from '../support/exported-facts.ts';

const always = ipPool('zone-b', { ipipMode: 'Always', vxlanMode: 'Never' });
const crossSubnet = ipPool('zone-a', { ipipMode: 'CrossSubnet', vxlanMode: 'Never' });
const none = ipPool('plain', { ipipMode: 'Never', vxlanMode: 'Never' });

it('names the pools with IPIP', async () => {
  const result = await ebpfResult('PXS084', { calico: operatorCalico({ pools: [always, none, crossSubnet] }) });
  expect(result).toMatchObject({
    saw: '3 IP pools, 2 with IPIP',
    findings: [
      {
        severity: 'warning',
        message: expect.stringMatching(
          /: zone-a \(10\.244\.0\.0\/16, CrossSubnet\), zone-b \(10\.244\.0\.0\/16, Always\)$/,
        ),
        objects: ['IPPool zone-a', 'IPPool zone-b'],
      },
    ],
  });
});

it('is content with VXLAN and with no encapsulation', async () => {
  expect(await ebpfResult('PXS084')).toMatchObject({ verdict: 'ok', saw: '1 IP pool, 0 with IPIP' });
  expect(await ebpfResult('PXS084', { calico: operatorCalico({ pools: [none] }) })).toMatchObject({ verdict: 'ok' });
});

it('asks the API that serves the pools', async () => {
  const facts = await ebpfFacts({
    replace: { apiservices: [apiService('projectcalico.org', 'v3')] },
    calico: { ...operatorCalico(), apiservices: [] },
  });
  const asked: string[] = [];
  facts.objects = async ({ apiVersion }) => {
    asked.push(apiVersion);
    return [always];
  };
  expect(await resultOf('PXS084', facts, { target: 'ebpf', live: false })).toMatchObject({ verdict: 'warning' });
  expect(asked).toContain('projectcalico.org/v3');
});

it.each(['ippools', 'apiservices'])('is unknown without %s', async (kind) => {
  expect(await ebpfResult('PXS084', { without: [kind] })).toMatchObject({ verdict: 'unknown' });
});
