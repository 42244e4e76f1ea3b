import { expect, it } from 'vitest';
import { proxyVersionIn } from '../../../src/cluster/kube-proxy/version.ts';

it.each([
  ['registry.k8s.io/kube-proxy:v1.35.4', '1.35.4', 'v1.35.4', false],
  ['mirror.example.com:5000/k8s/kube-proxy:v1.34.10', '1.34.10', 'v1.34.10', false],
  [`kube-proxy:v1.36.0@sha256:${'0'.repeat(64)}`, '1.36.0', 'v1.36.0', false],
  ['eks/kube-proxy:v1.34.1-minimal-eksbuild.2', '1.34.1', 'v1.34.1-minimal-eksbuild.2', true],
  ['rancher/hardened-kubernetes:v1.34.1-rke2r1-build20250910', '1.34.1', 'v1.34.1-rke2r1-build20250910', true],
] as const)('the version in %s', (image, version, text, vendorBuild) => {
  const found = proxyVersionIn(image);
  expect(found && { ...found, version: found.version.version }).toEqual({ version, text, vendorBuild });
});

it.each([
  '',
  'kube-proxy',
  'kube-proxy:latest',
  'mirror.example.com:5000/kube-proxy',
  `kube-proxy@sha256:${'1'.repeat(64)}`,
])('no version in "%s"', (image) => {
  expect(proxyVersionIn(image)).toBeUndefined();
});
