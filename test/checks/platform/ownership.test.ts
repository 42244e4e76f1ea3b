import { describe, expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { byKubeadm, managedConfigMap, managing, type Traces } from '../../fixtures/objects/owned.ts';
import { apiService, type ExportChanges, exportedFacts, resultOf } from '../support/exported-facts.ts';

const check = async (code: string, changes: ExportChanges) => await resultOf(code, await exportedFacts(changes));

const argo = { annotations: { 'argocd.argoproj.io/tracking-id': 'infra:/ConfigMap:kube-system/kube-proxy' } };
const kubeadm = { managedFields: [byKubeadm('data', 'config.conf')] };

/** A DaemonSet as kubeadm and Calico's manifests make them, trimmed. */
function daemonSet(namespace: string, name: string, traces: Traces = {}): PlainObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { namespace, name, labels: { 'k8s-app': name }, ...traces },
    spec: {
      selector: { matchLabels: { 'k8s-app': name } },
      template: { metadata: { labels: { 'k8s-app': name } }, spec: { containers: [{ name, image: `${name}:v1` }] } },
    },
  };
}

describe('PXS041', () => {
  const withConfigMap = (object: PlainObject): ExportChanges => ({ replace: { configmaps: [object] } });

  it('passes where only kubeadm wrote the ConfigMap', async () => {
    const result = await check('PXS041', withConfigMap(managedConfigMap(kubeadm)));
    expect(result).toMatchObject({ verdict: 'ok', saw: 'field managers: kubeadm', findings: [] });
  });

  it('refuses to write what Argo CD sets back, with its command', async () => {
    const { verdict, saw, findings } = await check('PXS041', withConfigMap(managedConfigMap({ ...argo, ...kubeadm })));
    expect(verdict).toBe('blocker');
    expect(saw).toMatch(/^Argo CD \(annotation .*\); field managers: kubeadm$/);
    expect(findings).toEqual([
      {
        code: 'PXS041',
        severity: 'blocker',
        message:
          'Argo CD manages ConfigMap kube-system/kube-proxy (annotation argocd.argoproj.io/tracking-id=infra:/ConfigMap:kube-system/kube-proxy): it sets it back to what is in Git: within seconds with self-heal, else at its next sync',
        objects: ['ConfigMap kube-system/kube-proxy'],
        fix: expect.stringContaining('Git'),
        command: 'argocd app set infra --sync-policy none',
      },
    ]);
  });

  it('only notes an owner that has set nftables itself: nothing is written then', async () => {
    const changes = withConfigMap(managedConfigMap({ ...argo, ...kubeadm }, 'nftables'));
    const { verdict, findings } = await check('PXS041', changes);
    expect(verdict).toBe('note');
    expect(findings[0]?.message).toContain('it holds mode nftables already');
  });

  it('does not take a ConfigMap that it cannot understand for one in nftables', async () => {
    expect((await check('PXS041', withConfigMap(managedConfigMap({ ...argo, ...kubeadm }, '[')))).verdict).toBe(
      'blocker',
    );
  });

  it('notes who wrote the mode and is not known', async () => {
    const managedFields = [managing('OpenAPI-Generator', 'Update', 'data', 'config.conf')];
    const { verdict, findings } = await check('PXS041', withConfigMap(managedConfigMap({ managedFields })));
    expect(verdict).toBe('note');
    expect(findings[0]?.message).toBe(
      'OpenAPI-Generator wrote data.config.conf of ConfigMap kube-system/kube-proxy; whether it will again cannot be told',
    );
  });

  it('notes that an export without managedFields hides owners', async () => {
    const { verdict, findings } = await check('PXS041', withConfigMap(managedConfigMap({})));
    expect(verdict).toBe('note');
    expect(findings[0]).toMatchObject({
      fix: 'Export it with --show-managed-fields',
      command: 'kubectl -n kube-system get configmaps kube-proxy -o yaml --show-managed-fields',
    });
  });

  it('leaves a ConfigMap that is not there to PXS011', async () => {
    const result = await check('PXS041', { replace: { configmaps: [] } });
    expect(result).toMatchObject({ verdict: 'ok', saw: 'no ConfigMap kube-system/kube-proxy' });
  });

  it('does not pass where it cannot be read', async () => {
    expect((await check('PXS041', { without: ['configmaps'] })).verdict).toBe('unknown');
  });
});

describe('PXS042', () => {
  const withDaemonSet = (traces: Traces): ExportChanges => ({
    replace: { daemonsets: [daemonSet('kube-system', 'kube-proxy', traces)] },
  });

  it('passes where kubeadm wrote the template, and a person restarted it', async () => {
    const managedFields = [
      byKubeadm('spec', 'template'),
      managing('kubectl-rollout', 'Update', 'spec', 'template', 'metadata', 'annotations'),
    ];
    expect(await check('PXS042', withDaemonSet({ managedFields }))).toMatchObject({
      verdict: 'ok',
      saw: 'field managers: kubeadm, kubectl-rollout',
    });
  });

  it('warns of an owner, who can take nothing back but may restart every pod', async () => {
    const managedFields = [managing('helm-controller', 'Apply', 'spec', 'template', 'spec', 'containers')];
    const { verdict, findings } = await check('PXS042', withDaemonSet({ managedFields }));
    expect(verdict).toBe('warning');
    expect(findings).toEqual([
      {
        code: 'PXS042',
        severity: 'warning',
        message:
          'Flux (HelmRelease) manages DaemonSet kube-system/kube-proxy (field manager helm-controller): if it changes the template during the run, pods restart in the new mode without waves',
        objects: ['DaemonSet kube-system/kube-proxy'],
        fix: expect.any(String),
        command: 'flux suspend helmrelease NAME -n NAMESPACE',
      },
    ]);
  });

  it('does not pass where it cannot be read', async () => {
    expect((await check('PXS042', { without: ['daemonsets'] })).verdict).toBe('unknown');
  });
});

describe('PXS043', () => {
  const crds = [apiService('crd.projectcalico.org'), apiService('operator.tigera.io'), apiService('apps')];
  const helm = {
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'calico', 'meta.helm.sh/release-namespace': 'tigera-operator' },
  };

  /** Calico 3.31 of the operator: the Installation as chart tigera-operator renders it, defaults filled in. */
  function byOperator(traces: Traces, linuxDataplane = 'Iptables'): ExportChanges {
    const installation = {
      apiVersion: 'operator.tigera.io/v1',
      kind: 'Installation',
      metadata: { name: 'default', generation: 3, ...traces },
      spec: { variant: 'Calico', calicoNetwork: { linuxDataplane } },
      status: { variant: 'Calico', calicoVersion: 'v3.31.7' },
    };
    return {
      add: { daemonsets: [daemonSet('calico-system', 'calico-node')] },
      replace: { apiservices: crds, installations: [installation], felixconfigurations: [] },
    };
  }

  /** Calico 3.31 of manifests/calico.yaml. */
  function byManifest(traces: Traces, nftablesMode?: string): ExportChanges {
    const calico = { apiVersion: 'crd.projectcalico.org/v1', metadata: { name: 'default' } };
    const felix = { ...calico, kind: 'FelixConfiguration', metadata: { name: 'default', ...traces } };
    return {
      add: { daemonsets: [daemonSet('kube-system', 'calico-node')] },
      replace: {
        apiservices: crds,
        clusterinformations: [{ ...calico, kind: 'ClusterInformation', spec: { calicoVersion: 'v3.31.7' } }],
        felixconfigurations: [{ ...felix, spec: nftablesMode === undefined ? {} : { nftablesMode } }],
      },
    };
  }

  const defaults = { managedFields: [managing('operator', 'Update', 'spec', 'calicoNetwork', 'linuxDataplane')] };
  const elsewhere = { managedFields: [managing('calico-node', 'Update', 'spec', 'bpfConnectTimeLoadBalancing')] };

  it.each([
    ['there is no Calico', {}, 'no Calico'],
    ['only the operator filled in defaults', byOperator(defaults), 'field managers: operator'],
    ['nobody set the mode of Felix', byManifest(elsewhere), 'field managers: none'],
  ])('passes where %s', async (_, changes, saw) => {
    expect(await check('PXS043', changes)).toMatchObject({ verdict: 'ok', saw, findings: [] });
  });

  it.each([
    ['the Installation', byOperator({ ...helm, ...defaults }), 'Installation default'],
    ['FelixConfiguration', byManifest({ ...helm, ...elsewhere }), 'FelixConfiguration default'],
  ])('refuses to write %s of a Helm release, with its command', async (_, changes, object) => {
    const { verdict, findings } = await check('PXS043', changes);
    expect(verdict).toBe('blocker');
    expect(findings).toEqual([
      {
        code: 'PXS043',
        severity: 'blocker',
        message: `Helm manages ${object} (annotation meta.helm.sh/release-name=calico): it may set it back at the next upgrade of the release, not by itself`,
        objects: [object],
        fix: 'Put the change into the values of the release before its next upgrade',
        command: 'helm get values calico -n tigera-operator --all',
      },
    ]);
  });

  it.each([
    ['the Installation', byOperator({ ...helm, ...defaults }, 'Nftables')],
    ['FelixConfiguration', byManifest({ ...helm, ...elsewhere }, 'Enabled')],
  ])('only notes an owner of %s that has set nftables itself', async (_, changes) => {
    const { verdict, findings } = await check('PXS043', changes);
    expect(verdict).toBe('note');
    expect(findings[0]?.message).toContain('it holds the nftables dataplane already');
  });

  it('does not pass where the Installation cannot be read', async () => {
    const changes = byOperator(defaults);
    expect((await check('PXS043', { ...changes, without: ['installations'] })).verdict).toBe('unknown');
  });
});
