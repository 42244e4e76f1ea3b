import { describe, expect, it } from 'vitest';
import { sourceSettings } from '../../../src/checks/platform/source-settings.ts';
import { platforms } from '../../../src/cluster/platform/platforms.ts';
import { platformSources } from '../../../src/cluster/platform/sources.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { byKubeadm, managedConfigMap } from '../../fixtures/objects/owned.ts';
import { migratedReport } from '../../fixtures/reports.ts';
import { type ExportChanges, exportedFacts } from '../support/exported-facts.ts';

const { plan: withCalico } = migratedReport({ nodes: 3 });
if (withCalico === undefined) throw new Error('the fixture has no plan');
const { calico: _calico, ...plan } = withCalico;

async function settings(changes: ExportChanges, of: Plan = plan) {
  return await sourceSettings(await exportedFacts(changes), of);
}

const installationOf = (annotations: Record<string, string>): ExportChanges => ({
  add: {
    installations: [
      { apiVersion: 'operator.tigera.io/v1', kind: 'Installation', metadata: { name: 'default', annotations } },
    ],
  },
});

describe('where the mode is kept outside of the cluster', () => {
  it('kubespray: the inventory, with every line that the run has changed', async () => {
    expect(await settings({ platform: 'kubespray' })).toEqual([
      {
        sets: 'kube-proxy',
        keeper: 'kubespray',
        by: expect.stringContaining('certificatesDir /etc/kubernetes/ssl'),
        file: 'INVENTORY/group_vars/k8s_cluster/k8s-cluster.yml',
        lines: ['kube_proxy_mode: nftables', 'kube_proxy_nodeport_addresses: ["0.0.0.0/0"]'],
        otherwise: expect.stringContaining('makes ConfigMap kube-proxy anew'),
      },
    ]);
  });

  it('kubeadm: the document of its configuration file', async () => {
    const [setting] = await settings({ platform: 'kubeadm' });
    expect(setting).toMatchObject({
      keeper: 'kubeadm',
      lines: ['mode: nftables', 'nodePortAddresses: ["0.0.0.0/0"]'],
      file: expect.stringContaining('KubeProxyConfiguration'),
    });
  });

  it('the add-on of EKS: its configuration values', async () => {
    expect(await settings({ platform: 'eks-addon' })).toMatchObject([
      { keeper: 'EKS (add-on)', lines: ['{"mode":"nftables"}'] },
    ]);
  });

  it('a ConfigMap from Git: the manifest there, beside what the installer has', async () => {
    const argo = { annotations: { 'argocd.argoproj.io/tracking-id': 'infra:/ConfigMap:kube-system/kube-proxy' } };
    const configMap = managedConfigMap({ ...argo, managedFields: [byKubeadm('data', 'config.conf')] });
    const found = await settings({ replace: { configmaps: [configMap] } });
    expect(found.map(({ keeper }) => keeper)).toContain('Argo CD');
    expect(found.find(({ keeper }) => keeper === 'Argo CD')).toMatchObject({
      file: 'where Argo CD has ConfigMap kube-system/kube-proxy from',
      lines: ['data:', '  config.conf: |', '    mode: nftables', '    nodePortAddresses: ["0.0.0.0/0"]'],
    });
  });

  it('Calico: the values of its chart, or the manifest of the Installation', async () => {
    const calicoOnly = { ...withCalico, kubeProxy: { ...withCalico.kubeProxy, needed: false } };
    const helm = installationOf({ 'meta.helm.sh/release-name': 'calico' });
    expect(await settings(helm, calicoOnly)).toMatchObject([
      { sets: 'Calico', keeper: 'Helm', lines: ['installation:', '  calicoNetwork:', '    linuxDataplane: Nftables'] },
    ]);
    expect(await settings(installationOf({}), calicoOnly)).toMatchObject([
      { keeper: 'your own manifests', lines: ['spec:', '  calicoNetwork:', '    linuxDataplane: Nftables'] },
    ]);
  });

  it('Calico without an operator: FelixConfiguration default', async () => {
    if (withCalico.calico === undefined) throw new Error('the fixture has no Calico');
    const { dataplane: _dataplane, ...calico } = withCalico.calico;
    const manifest: Plan = {
      ...plan,
      kubeProxy: { ...plan.kubeProxy, needed: false },
      calico: { ...calico, install: 'manifest', nftablesMode: { from: 'Disabled', to: 'Enabled' } },
    };
    expect(await settings({}, manifest)).toMatchObject([
      {
        keeper: 'your own manifests',
        file: 'wherever you keep FelixConfiguration default',
        lines: ['spec:', '  nftablesMode: Enabled'],
      },
    ]);
  });

  it('is told of nothing that the run does not write', async () => {
    expect(
      await settings({ platform: 'kubespray' }, { ...plan, kubeProxy: { ...plan.kubeProxy, needed: false } }),
    ).toEqual([]);
  });

  it('keeps a line below the key that it stands in', async () => {
    const diff =
      '@@ -1,3 +1,3 @@\n-mode: ipvs\n+mode: nftables\n nftables:\n-  masqueradeAll: false\n+  masqueradeAll: true\n';
    const changes = [{ object: 'ConfigMap kube-system/kube-proxy', diff, undo: '' }];
    const [setting] = await settings({ platform: 'kubeadm' }, { ...plan, changes });
    expect(setting?.lines).toEqual(['mode: nftables', 'nftables:', '  masqueradeAll: true']);
  });
});

it('every platform where the mode can be chosen has a place for it', () => {
  const without = Object.keys(platforms).filter((id) => !(id in platformSources));
  expect(without.sort()).toEqual([
    'eks',
    'eks-self-managed',
    'gke',
    'gke-dataplane-v2',
    'openshift-ovn',
    'static-pods',
  ]);
});
