import { describe, expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { kured } from '../../fixtures/objects/kured.ts';
import { type ExportChanges, exportedFacts, resultOf } from '../support/exported-facts.ts';

/** A node of a kubeadm cluster, as its kubelet registers it. */
function node(
  name: string,
  kubelet: string,
  more: { taints?: { key: string; effect: string }[]; os?: string } = {},
): PlainObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: { taints: more.taints ?? [] },
    status: {
      nodeInfo: { kernelVersion: '6.1.0', kubeletVersion: kubelet, operatingSystem: more.os ?? 'linux', osImage: '' },
    },
  };
}

/** A pod of kube-system; of a control-plane component as the kubelet mirrors it from its manifest. */
function pod(component: string, on: string, image: string): PlainObject {
  const proxy = component === 'kube-proxy';
  const owner = proxy ? { kind: 'DaemonSet', name: 'kube-proxy' } : { kind: 'Node', name: on };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'kube-system',
      name: `${component}-${on}`,
      uid: `uid-${component}-${on}`,
      labels: proxy ? { 'k8s-app': 'kube-proxy' } : { component, tier: 'control-plane' },
      ownerReferences: [{ apiVersion: 'v1', controller: true, ...owner }],
    },
    spec: { nodeName: on, containers: [{ name: component, image }] },
  };
}

/** Its labels are those of the API server; no kubelet mirrors it. */
const ownerless: PlainObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'kube-system',
    name: 'proxy-of-it',
    uid: 'uid-proxy-of-it',
    labels: { component: 'kube-apiserver' },
  },
  spec: { nodeName: 'x', containers: [{ name: 'kube-apiserver', image: 'registry.k8s.io/kube-apiserver:v1.30.0' }] },
};

const check = async (changes: ExportChanges) => await resultOf('PXS009', await exportedFacts(changes));
const nodes = (...versions: string[]) => ({ replace: { nodes: versions.map((v, index) => node(`n${index + 1}`, v)) } });
const outdated = [{ key: 'node.cluster.x-k8s.io/outdated-revision', effect: 'PreferNoSchedule' }];

describe('PXS009', () => {
  it.each([
    ['a healthy cluster', {}],
    ['a node of Windows that is behind', { add: { nodes: [node('win', 'v1.31.0', { os: 'windows' })] } }],
    ['kubelets that are all one minor version behind', nodes('v1.34.7', 'v1.34.7')],
    ['kubelets that are all three behind', nodes('v1.32.0', 'v1.32.0')],
    [
      'pods of one version from two registries',
      { add: { pods: [pod('kube-proxy', 'x', 'mirror.example.com:5000/kube-proxy:v1.35.4')] } },
    ],
    [
      'a pod that only calls itself a kube-apiserver',
      { add: { pods: [pod('kube-proxy', 'x', 'kube-proxy:v1.35.4'), ownerless] } },
    ],
    ['kubelets that are none', nodes('kwok-v0.7.0', 'kwok-v0.7.0')],
    ['kured that a person paused', { add: { daemonsets: [kured('{"nodeID":"manual"}')] } }],
  ] satisfies [string, ExportChanges][])('passes on %s', async (_, changes) => {
    expect(await check(changes)).toMatchObject({ verdict: 'ok', findings: [] });
  });

  it.each([
    [
      'API servers of two versions',
      { add: { pods: [pod('kube-apiserver', 'cp-2', 'registry.k8s.io/kube-apiserver:v1.36.3')] } },
      'blocker',
      'kube-apiserver runs in 2 versions, so an upgrade is in progress: v1.35.4 on cp-1; v1.36.3 on cp-2',
    ],
    [
      'schedulers of two versions',
      { add: { pods: ['v1.35.4', 'v1.36.3'].map((v, i) => pod('kube-scheduler', `cp-${i}`, `kube-scheduler:${v}`)) } },
      'blocker',
      'kube-scheduler runs in 2 versions, so an upgrade is in progress: v1.35.4 on cp-0; v1.36.3 on cp-1',
    ],
    [
      'kube-proxy of two versions',
      {
        replace: {
          pods: ['v1.35.4', 'v1.36.3', 'v1.36.3'].map((v, i) => pod('kube-proxy', `n${i}`, `kube-proxy:${v}`)),
        },
      },
      'blocker',
      'kube-proxy runs in 2 versions, so an upgrade is in progress: v1.35.4 on n0; v1.36.3 on n1, n2',
    ],
    [
      'a roll-out of machines',
      { replace: { nodes: [node('b', 'v1.35.4', { taints: outdated }), node('c', 'v1.35.4')] } },
      'blocker',
      'Cluster API is replacing machines: taint node.cluster.x-k8s.io/outdated-revision on b',
    ],
    [
      'a reboot',
      { add: { daemonsets: [kured('{"nodeID":"worker-1","created":"2026-11-20T08:00:11Z","TTL":0}')] } },
      'blocker',
      'kured is rebooting worker-1: its lock is held',
    ],
    ['reboots to come', { add: { daemonsets: [kured()] } }, 'note', 'kured may reboot a node in the middle of the run'],
    [
      'mixed patch versions, oldest first',
      nodes('v1.35.4', 'v1.35.10', 'v1.35.4'),
      'warning',
      'Nodes run 2 versions of the kubelet, as in the middle of an upgrade: v1.35.4 (n1, n3), v1.35.10 (n2)',
    ],
    [
      'mixed minor versions',
      nodes('v1.35.4', 'v1.34.7'),
      'warning',
      'Nodes run 2 versions of the kubelet, as in the middle of an upgrade: v1.34.7 (n2), v1.35.4 (n1)',
    ],
    [
      'a kubelet that is newer than the API server',
      nodes('v1.36.0', 'v1.36.0'),
      'blocker',
      'API server v1.35.4 does not support the kubelet of 2 nodes, which may be up to 3 minor versions older and never newer: n1 (v1.36.0), n2 (v1.36.0)',
    ],
    [
      'a kubelet that is four minor versions older',
      nodes('v1.31.9', 'v1.31.9'),
      'blocker',
      'API server v1.35.4 does not support the kubelet of 2 nodes, which may be up to 3 minor versions older and never newer: n1 (v1.31.9), n2 (v1.31.9)',
    ],
  ] satisfies [string, ExportChanges, string, string][])('tells of %s', async (_, changes, severity, message) => {
    const { findings } = await check(changes);
    expect(findings).toEqual([
      {
        code: 'PXS009',
        severity,
        message,
        objects: expect.arrayContaining([expect.stringMatching(/^(Node|Pod kube-system\/|DaemonSet kube-system\/)/)]),
        fix: expect.any(String),
        command: expect.stringMatching(/^kubectl /),
      },
    ]);
  });

  it('names the nodes that differ from the most as objects', async () => {
    const { findings } = await check(nodes('v1.35.4', 'v1.35.4', 'v1.34.7'));
    expect(findings.map(({ objects }) => objects)).toEqual([['Node n3']]);
  });

  it('says the same of the same state, in whatever order it is read', async () => {
    const reversed = { replace: { nodes: [node('n3', 'v1.35.4'), node('n2', 'v1.34.7'), node('n1', 'v1.35.4')] } };
    expect((await check(reversed)).findings).toEqual((await check(nodes('v1.35.4', 'v1.34.7', 'v1.35.4'))).findings);
  });

  it.each(['nodes', 'pods', 'daemonsets'])('does not pass without %s', async (plural) => {
    expect((await check({ without: [plural] })).verdict).toBe('unknown');
  });

  it('does not take a lock that it cannot read for a free one', async () => {
    expect((await check({ add: { daemonsets: [kured('broken')] } })).verdict).toBe('unknown');
  });
});
