import { expect, it } from 'vitest';
import { felixConfiguration, operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { service } from '../../fixtures/objects/services.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const ports = [
  { name: 's1', port: 36_412, protocol: 'SCTP', targetPort: 36_412 },
  { name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 },
];

it('names the Services with SCTP, headless ones too', async () => {
  const services = [
    service('plain'),
    service('mme', { spec: { ports } }),
    service('amf', { spec: { ports, clusterIP: 'None', clusterIPs: ['None'] } }),
  ];
  expect((await ebpfResult('PXS087', { replace: { services } })).findings).toMatchObject([
    {
      severity: 'blocker',
      message: 'eBPF mode does not serve SCTP: default/amf, default/mme',
      objects: ['Service default/amf', 'Service default/mme'],
    },
  ]);
});

it('names the FelixConfiguration with floating IPs', async () => {
  const calico = operatorCalico({ felix: [felixConfiguration('default', { floatingIPs: 'Enabled' })] });
  expect((await ebpfResult('PXS087', { calico })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringContaining('floating IPs'), objects: ['FelixConfiguration default'] },
  ]);
});

it('is content without either', async () => {
  expect(await ebpfResult('PXS087', { replace: { services: [service('plain')] } })).toMatchObject({
    verdict: 'ok',
    saw: '0 Services with SCTP, floating IPs off',
  });
});

it.each(['services', 'felixconfigurations'])('is unknown without %s', async (kind) => {
  expect(await ebpfResult('PXS087', { without: [kind] })).toMatchObject({ verdict: 'unknown' });
});
