import { describe, expect, test } from 'vitest';
import { ownerKinds } from '../../../src/cluster/owners/marks.ts';
import { ownersOf } from '../../../src/cluster/owners/owners.ts';
import { byKubeadm, managedConfigMap, managing, noOwnerTraces, ownerTraces } from '../../fixtures/objects/owned.ts';

const field = ['data', 'config.conf'];

describe('ownersOf', () => {
  test.each(ownerTraces)('%s is an owner, alone, by %j', (name, traces, command) => {
    const { owners } = ownersOf(managedConfigMap(traces), field);
    expect(owners).toEqual([
      { name, evidence: expect.any(String), reverts: expect.any(String), fix: expect.any(String), command },
    ]);
  });

  test('every owner of the table is shown by its traces', () => {
    const shown = new Set(ownerTraces.map(([name]) => name));
    expect(ownerKinds.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  test.each(noOwnerTraces)('%s is no owner', (_, traces) => {
    expect(ownersOf(managedConfigMap(traces), field).owners).toEqual([]);
  });

  test('says by what it knows', () => {
    const evidence = (traces: Parameters<typeof managedConfigMap>[0]) =>
      ownersOf(managedConfigMap(traces), field).owners.map((owner) => owner.evidence);
    expect(evidence({ labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } })).toEqual([
      'label addonmanager.kubernetes.io/mode=Reconcile',
    ]);
    expect(evidence({ managedFields: [managing('eks', 'Apply', ...field)] })).toEqual(['field manager eks']);
    expect(evidence({ annotations: { 'objectset.rio.cattle.io/id': '' } })).toEqual([
      'annotation objectset.rio.cattle.io/id',
    ]);
  });

  test.each([
    { annotations: { 'argocd.argoproj.io/tracking-id': '$(reboot):apps/Deployment:a/b' } },
    { annotations: { 'argocd.argoproj.io/tracking-id': '--core;reboot' } },
    { annotations: { 'meta.helm.sh/release-name': 'a`reboot`', 'meta.helm.sh/release-namespace': "x'\nreboot" } },
    { labels: { 'kustomize.toolkit.fluxcd.io/name': '-f', 'kustomize.toolkit.fluxcd.io/namespace': 'a|reboot' } },
    { labels: { 'helm.toolkit.fluxcd.io/name': 'a b;reboot', 'helm.toolkit.fluxcd.io/namespace': '&reboot' } },
  ])('a command holds nothing that a shell would act on: %j', (traces) => {
    const commands = ownersOf(managedConfigMap(traces), field).owners.map(({ command }) => command);
    expect(commands).toEqual([expect.stringMatching(/^[\w ./-]+$/)]);
    expect(commands[0]).not.toMatch(/reboot| -f | --core/);
  });

  test('several owners are all named', () => {
    const traces = {
      labels: { 'kustomize.toolkit.fluxcd.io/name': 'infra' },
      annotations: { 'argocd.argoproj.io/tracking-id': 'infra:/ConfigMap:kube-system/kube-proxy' },
    };
    expect(ownersOf(managedConfigMap(traces), field).owners.map(({ name }) => name)).toEqual([
      'Argo CD',
      'Flux (Kustomization)',
    ]);
  });

  test('a tool that nobody knows is an owner where it says so itself', () => {
    const { owners } = ownersOf(managedConfigMap({ labels: { 'app.kubernetes.io/managed-by': 'acme-sync' } }), field);
    expect(owners).toMatchObject([{ name: 'acme-sync', evidence: 'label app.kubernetes.io/managed-by=acme-sync' }]);
  });

  test('an unknown manager that applies the field is an owner, one that wrote it once is a stranger', () => {
    const managedFields = [
      byKubeadm(...field),
      managing('acme-sync', 'Apply', ...field),
      managing('OpenAPI-Generator', 'Update', ...field),
    ];
    const { owners, strangers, managers } = ownersOf(managedConfigMap({ managedFields }), field);
    expect(owners).toMatchObject([{ name: 'acme-sync', evidence: 'field manager acme-sync, by server-side apply' }]);
    expect(strangers).toEqual(['OpenAPI-Generator']);
    expect(managers).toEqual(['OpenAPI-Generator', 'acme-sync', 'kubeadm']);
  });

  test('the Tigera operator fills defaults into objects of Calico, and has no business in others', () => {
    const managedFields = [managing('operator', 'Update', 'spec', 'calicoNetwork', 'linuxDataplane')];
    const installation = {
      apiVersion: 'operator.tigera.io/v1',
      kind: 'Installation',
      metadata: { name: 'default', managedFields },
    };
    const path = ['spec', 'calicoNetwork', 'linuxDataplane'];
    expect(ownersOf(installation, path)).toEqual({ owners: [], strangers: [], managers: ['operator'] });
    const configMap = managedConfigMap({ managedFields: [managing('operator', 'Update', ...field)] });
    expect(ownersOf(configMap, field).strangers).toEqual(['operator']);
  });

  test('without managedFields it says that the managers are not known', () => {
    expect(ownersOf(managedConfigMap({}), field)).toEqual({ owners: [], strangers: [], managers: undefined });
  });
});
