import { describe, expect, it } from 'vitest';
import { kernelNeed, kernelSuffices } from '../../../src/checks/ebpf/kernel-needs.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { operatorCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

/** A Node, as far as a kubelet of 1.35 reports its system. */
const node = (name: string, kernelVersion: string): PlainObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } },
  spec: {},
  status: { nodeInfo: { kernelVersion, kubeletVersion: 'v1.35.4', operatingSystem: 'linux', osImage: '' } },
});

describe.each([
  [
    'v3.32.1',
    [
      '5.10.0-26-generic',
      '6.8.0-45-generic',
      '4.18.0-305.el8.x86_64',
      '4.18.0-553.16.1.el8_10.x86_64',
      '5.14.0-427.el9.x86_64',
    ],
  ],
  ['v3.31.0', ['5.10.0', '4.18.0-305.3.1.el8.x86_64']],
  ['v3.30.4', ['5.3.0-76-generic', '5.4.0', '4.18.0-193.14.2.el8_2.x86_64']],
])('Calico %s', (version, kernels) => {
  it.each(kernels)('takes kernel %s', (kernel) => {
    expect(kernelSuffices(kernel, kernelNeed(version))).toBe(true);
  });
});

describe.each([
  ['v3.32.1', ['5.9.16', '5.4.0-150-generic', '4.18.0-240.22.1.el8_3.x86_64', '4.18.0-305', '4.19.0-27-amd64', '']],
  ['v3.30.4', ['5.2.21', '4.18.0-147.5.1.el8_1.x86_64', '3.10.0-1160.el7.x86_64']],
])('Calico %s', (version, kernels) => {
  it.each(kernels)('does not take kernel "%s"', (kernel) => {
    expect(kernelSuffices(kernel, kernelNeed(version))).toBe(false);
  });
});

it('names the nodes and what Calico asks for', async () => {
  const nodes = [node('new', '6.8.0-45-generic'), node('old', '5.4.0-150-generic')];
  expect(await ebpfResult('PXS081', { replace: { nodes } })).toMatchObject({
    saw: '1 node of 2 with kernel 5.10.0, or 4.18.0-305 of RHEL 8',
    findings: [
      {
        severity: 'blocker',
        message:
          'eBPF mode of Calico v3.32.1 needs kernel 5.10.0, or 4.18.0-305 of RHEL 8, or newer; older: old (5.4.0-150-generic)',
        objects: ['Node old'],
      },
    ],
  });
  const calico = operatorCalico({ version: 'v3.30.4', operatorImage: 'quay.io/tigera/operator:v1.38.6' });
  expect(await ebpfResult('PXS081', { calico, replace: { nodes } })).toMatchObject({ verdict: 'ok' });
});

it('is silent without Calico, and unknown without nodes', async () => {
  expect(await ebpfResult('PXS081', { calico: {} })).toMatchObject({ verdict: 'ok', saw: 'no Calico' });
  expect(await ebpfResult('PXS081', { without: ['nodes'] })).toMatchObject({ verdict: 'unknown' });
});
