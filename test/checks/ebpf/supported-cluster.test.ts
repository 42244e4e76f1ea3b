import { expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { calicoNodeWith, manifestCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';

/** A Node with the labels that its kubelet (1.35) or its platform sets. */
const node = (name: string, operatingSystem: string, labels: Record<string, string>): PlainObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/os': operatingSystem, ...labels } },
  spec: {},
  status: { nodeInfo: { kernelVersion: '6.8.0', kubeletVersion: 'v1.35.4', operatingSystem, osImage: '' } },
});
const linux = node('linux-1', 'linux', { 'kubernetes.io/arch': 'arm64' });

it.each([
  ['Windows nodes', node('win-1', 'windows', { 'kubernetes.io/arch': 'amd64' }), /^Windows nodes, .*: win-1$/],
  ['IBM Z', node('z-1', 'linux', { 'kubernetes.io/arch': 's390x' }), /^Nodes that are neither amd64 nor arm64.*: z-1$/],
])('blocks %s', async (_, object, message) => {
  expect((await ebpfResult('PXS085', { replace: { nodes: [linux, object] } })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringMatching(message), objects: [`Node ${object.metadata.name}`] },
  ]);
});

it('blocks GKE', async () => {
  const facts = await exportedFacts({ platform: 'gke' });
  const { findings } = await resultOf('PXS085', facts, { live: false, target: 'ebpf' });
  expect(findings).toMatchObject([
    { severity: 'blocker', message: expect.stringMatching(/^Nodes of GKE.*: gke-prod/) },
  ]);
});

it.each([
  ['by its type', [{ name: 'DATASTORE_TYPE', value: 'etcdv3' }]],
  // As manifests/calico-etcd.yaml of Calico 3.32 has it.
  [
    'by its endpoints',
    [{ name: 'ETCD_ENDPOINTS', valueFrom: { configMapKeyRef: { name: 'calico-config', key: 'etcd_endpoints' } } }],
  ],
])('blocks etcd as the datastore, known %s', async (_, env) => {
  const calico = { ...manifestCalico(), daemonsets: [calicoNodeWith(env)] };
  expect((await ebpfResult('PXS085', { calico })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringContaining('etcd'), objects: ['DaemonSet kube-system/calico-node'] },
  ]);
});

it('is content with Linux nodes and the Kubernetes datastore', async () => {
  expect(await ebpfResult('PXS085')).toMatchObject({ verdict: 'ok', saw: '3 nodes, 0 with Windows' });
  expect(await ebpfResult('PXS085', { calico: manifestCalico(), replace: { nodes: [linux] } })).toMatchObject({
    verdict: 'ok',
  });
});

it.each(['nodes', 'daemonsets'])('is unknown without %s', async (kind) => {
  expect(await ebpfResult('PXS085', { without: [kind] })).toMatchObject({ verdict: 'unknown' });
});
