import { expect, it } from 'vitest';
import { manifestCalico, operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const withOperator = (operatorImage: string | null, version?: string) =>
  ebpfResult('PXS082', { calico: operatorCalico({ operatorImage, ...(version ? { version } : {}) }) });

it('blocks a cluster without Calico', async () => {
  const result = await ebpfResult('PXS082', { calico: {} });
  expect(result.findings).toMatchObject([{ severity: 'blocker', message: expect.stringContaining('has no Calico') }]);
});

it.each(['quay.io/tigera/operator:v1.38.6', 'quay.io/tigera/operator:v1.39.3'])(
  'warns that %s leaves kube-proxy',
  async (image) => {
    expect((await withOperator(image, 'v3.30.4')).findings).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/\(1\.3[89]\.\d+\) has no bpfNetworkBootstrap/),
        objects: ['Deployment tigera-operator/tigera-operator'],
      },
    ]);
  },
);

it.each(['quay.io/tigera/operator:v1.40.0', `quay.io/tigera/operator:v1.42.4@sha256:${'0'.repeat(64)}`])(
  'is content with %s',
  async (image) => {
    expect(await withOperator(image)).toMatchObject({ verdict: 'ok', saw: expect.stringMatching(/operator 1\.4[02]/) });
  },
);

it.each([[`quay.io/tigera/operator@sha256:${'0'.repeat(64)}`], [null]])(
  'goes by the version of Calico where the operator is %s',
  async (image) => {
    expect(await withOperator(image, 'v3.31.7')).toMatchObject({ verdict: 'ok' });
    expect((await withOperator(image, 'v3.30.4')).findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('of Calico v3.30.4') },
    ]);
  },
);

it('blocks an install by manifests', async () => {
  const result = await ebpfResult('PXS082', { calico: manifestCalico() });
  expect(result.findings).toMatchObject([{ severity: 'blocker', message: expect.stringContaining('by manifests') }]);
});

it('blocks a dataplane that proxyshift cannot take back', async () => {
  const result = await ebpfResult('PXS082', { calico: operatorCalico({ network: { linuxDataplane: 'VPP' } }) });
  expect(result.findings).toMatchObject([
    { severity: 'blocker', message: expect.stringContaining('VPP'), objects: ['Installation default'] },
  ]);
});

it.each(['deployments', 'installations', 'daemonsets'])('is unknown without %s', async (kind) => {
  expect(await ebpfResult('PXS082', { without: [kind] })).toMatchObject({ verdict: 'unknown' });
});
