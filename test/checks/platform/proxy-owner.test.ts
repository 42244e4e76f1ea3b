import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { type PlatformId, platforms } from '../../../src/cluster/platform/platforms.ts';
import { type ExportChanges, exportedFacts, exportsFolder, resultOf } from '../support/exported-facts.ts';

const check = async (changes: ExportChanges) => await resultOf('PXS040', await exportedFacts(changes));

/** What is said of each platform: the verdict, what it is recognised by, and what its own command holds. */
const expected: Readonly<Record<string, [id: PlatformId, verdict: string, by: string, command: string]>> = {
  kubeadm: ['kubeadm', 'ok', 'ConfigMap kube-system/kubeadm-config', ''],
  kind: ['kind', 'ok', 'providerID kind:// on 2 of 2 nodes', ''],
  minikube: ['minikube', 'ok', 'label minikube.k8s.io/name on 2 of 2 nodes', ''],
  kubespray: ['kubespray', 'warning', 'certificatesDir /etc/kubernetes/ssl', 'kube_proxy_mode'],
  'cluster-api': ['cluster-api', 'warning', 'annotation cluster.x-k8s.io/machine on 2 of 2', 'kubeadmcontrolplane'],
  'eks-addon': ['eks-addon', 'blocker', 'field manager eks, label eks.amazonaws.com/component', 'aws eks update-addon'],
  'eks-self-managed': ['eks-self-managed', 'blocker', 'no field manager eks', 'edit configmap kube-proxy-config'],
  aks: ['aks', 'blocker', 'label kubernetes.azure.com/cluster on 2 of 2 nodes', '--kube-proxy-config kube-proxy.json'],
  gke: ['gke', 'blocker', 'label cloud.google.com/gke-nodepool on 2 of 2 nodes', '--enable-dataplane-v2'],
  'gke-dataplane-v2': ['gke-dataplane-v2', 'blocker', 'DaemonSet kube-system/anetd', 'get daemonset anetd'],
  rke2: ['rke2', 'blocker', 'kubelet version *+rke2r* on 3 of 3 nodes', 'systemctl restart rke2-server'],
  k3s: ['k3s', 'blocker', 'kubelet version *+k3s* on 2 of 2 nodes', 'systemctl restart k3s'],
  microk8s: ['microk8s', 'blocker', 'label microk8s.io/cluster on 2 of 2 nodes', 'snap restart microk8s'],
  kops: ['kops', 'blocker', 'label kops.k8s.io/instancegroup on 2 of 2 nodes', 'kops rolling-update cluster'],
  talos: ['talos', 'blocker', 'osImage Talos on 2 of 2 nodes', '"proxy":{"mode":"nftables"}'],
  'talos-new': ['talos-config', 'blocker', '--config in DaemonSet kube-proxy', 'talosctl -n NODES edit machineconfig'],
  'openshift-ovn': ['openshift-ovn', 'blocker', 'label node.openshift.io/os_id on 3 of 3 nodes, no kube-p', 'oc get'],
  'openshift-kube-proxy': [
    'openshift-kube-proxy',
    'blocker',
    'DaemonSet openshift-kube-proxy/o',
    'oc patch network.oper',
  ],
  gardener: ['gardener', 'blocker', 'label worker.gardener.cloud/pool on 2 of 2 nodes', 'patch shoot'],
};

describe('PXS040', async () => {
  const folders = (await readdir(exportsFolder, { withFileTypes: true })).filter((entry) => entry.isDirectory());

  it.each(folders.map(({ name }) => name))('recognises %s as itself and as nothing else', async (platform) => {
    const [id, verdict, by, command] = expected[platform] ?? ['kubeadm', 'this folder is not expected', '', ''];
    const result = await check({ platform });
    expect(result.saw).toMatch(new RegExp(`^${literally(platforms[id].name)}, by [^;]*$`));
    expect(result.saw).toContain(by);
    expect(result.verdict).toBe(verdict);
    expect(result.findings).toHaveLength(verdict === 'ok' ? 0 : 1);
    for (const finding of result.findings) {
      expect(finding).toMatchObject({ severity: verdict, fix: expect.any(String) });
      expect(finding.message).toContain(platforms[id].name);
      expect(finding.command).toContain(command);
    }
  });

  it('looks at every platform that it has a folder of', () => {
    expect(Object.keys(expected).sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  it('refuses EKS also where the export does not tell who owns kube-proxy', async () => {
    const { verdict, findings } = await check({ platform: 'eks-addon', replace: { configmaps: [], daemonsets: [] } });
    expect(verdict).toBe('blocker');
    expect(findings[0]).toMatchObject({ command: expect.stringContaining('aws eks describe-addon') });
  });

  it('names both where Cluster API made a cluster of RKE2, and refuses', async () => {
    const nodes = [node('a', { annotations: { 'cluster.x-k8s.io/machine': 'a' }, kubelet: 'v1.35.4+rke2r1' })];
    const { verdict, saw, findings } = await check({ replace: { nodes } });
    expect(saw).toMatch(/^RKE2, by .*; Cluster API, by /);
    expect(verdict).toBe('blocker');
    expect(findings.map(({ severity }) => severity)).toEqual(['blocker', 'warning']);
  });

  it.each([
    ['k0s', node('a', { kubelet: 'v1.35.4+k0s.0' }), /^k0s, by kubelet version \*\+k0s\*/],
    ['k3s without the suffix', node('a', { annotations: { 'k3s.io/node-args': '[]' } }), /^k3s, by annotation/],
    [
      'one node of AKS among others',
      node('a', { labels: { 'kubernetes.azure.com/cluster': 'x' } }),
      /on 1 of 4 nodes$/,
    ],
  ])('recognises %s', async (_, more, saw) => {
    const result = await check({ add: { nodes: [more] } });
    expect(result.saw).toMatch(saw);
    expect(result.verdict).toBe('blocker');
  });

  it.each(['aws:///eu-west-1a/i-1', 'azure:///subscriptions/x', 'gce://p/z/n', 'openstack:///x'])(
    'takes machines of a cloud (%s) for no platform',
    async (providerID) => {
      const { saw, verdict } = await check({ replace: { nodes: [node('a', { providerID })] } });
      expect([saw, verdict]).toEqual(['kubeadm, by ConfigMap kube-system/kubeadm-config', 'ok']);
    },
  );

  it('takes EKS Anywhere, which says -eks- too, for the kubeadm that it is', async () => {
    const { saw } = await check({ replace: { nodes: [node('a', { kubelet: 'v1.35.4-eks-1-35-8' })] } });
    expect(saw).toBe('kubeadm, by ConfigMap kube-system/kubeadm-config');
  });

  it('refuses static pods whoever writes them', async () => {
    const pods = [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'kube-proxy-a',
          namespace: 'kube-system',
          uid: 'uid-a',
          ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'a', controller: true }],
        },
        spec: { nodeName: 'a', containers: [{ name: 'kube-proxy' }] },
      },
    ];
    const { verdict, findings } = await check({ replace: { configmaps: [], pods } });
    expect(verdict).toBe('blocker');
    expect(findings[0]?.message).toContain('static pods');
  });

  it("notes that it does not know who made kubeadm's objects", async () => {
    const { verdict, saw, findings } = await check({ replace: { configmaps: [] } });
    expect([verdict, saw]).toEqual(['note', 'no platform that is known']);
    expect(findings[0]).toMatchObject({ fix: expect.any(String), command: expect.stringMatching(/^kubectl /) });
  });

  it.each(['nodes', 'daemonsets', 'pods', 'configmaps'])('does not pass without %s', async (plural) => {
    expect((await check({ without: [plural] })).verdict).toBe('unknown');
  });

  it('says nothing that stands at the start of a sentence in the middle of one', () => {
    for (const platform of Object.values(platforms)) {
      if (platform.owner === 'you') continue;
      expect(platform.why).not.toMatch(/\.$/);
      expect(platform.fix).not.toMatch(/\.$/);
    }
  });
});

function node(
  name: string,
  more: {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    kubelet?: string;
    providerID?: string;
  },
): PlainObject {
  const { labels = {}, annotations = {}, kubelet = 'v1.35.4', providerID } = more;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels, annotations },
    spec: providerID === undefined ? {} : { providerID },
    status: { nodeInfo: { kernelVersion: '6.1.0', kubeletVersion: kubelet, operatingSystem: 'linux', osImage: '' } },
  };
}

function literally(text: string): string {
  return text.replace(/[()]/g, '\\$&');
}
