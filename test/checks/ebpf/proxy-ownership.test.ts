import { expect, it } from 'vitest';
import { manifestCalico } from '../../fixtures/objects/ebpf.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';

const helm = { labels: { 'app.kubernetes.io/managed-by': 'Helm' } };

it.each([
  ['Helm', helm, /has label app\.kubernetes\.io\/managed-by=Helm: kubeProxyManagement/],
  [
    'the addon manager',
    { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    /addonmanager\.kubernetes\.io\/mode=Reconcile/,
  ],
  [
    'Argo CD',
    { annotations: { 'argocd.argoproj.io/tracking-id': 'network:apps/DaemonSet:kube-system/kube-proxy' } },
    /has annotation argocd\.argoproj\.io\/tracking-id:/,
  ],
])('blocks a DaemonSet of %s', async (_, proxy, message) => {
  expect((await ebpfResult('PXS086', { proxy })).findings).toMatchObject([
    { severity: 'blocker', message: expect.stringMatching(message), objects: ['DaemonSet kube-system/kube-proxy'] },
  ]);
});

it('names several marks in one sentence', async () => {
  const proxy = { ...helm, annotations: { 'argocd.argoproj.io/tracking-id': 'a:b' } };
  const { findings } = await ebpfResult('PXS086', { proxy });
  expect(findings.map(({ message }) => message)).toEqual([
    expect.stringContaining('label app.kubernetes.io/managed-by=Helm and annotation argocd.argoproj.io/tracking-id'),
  ]);
});

it('warns where kube-proxy is switched off by hand', async () => {
  expect((await ebpfResult('PXS086', { proxy: helm, calico: manifestCalico() })).findings).toMatchObject([
    { severity: 'warning', message: expect.stringContaining('may undo the nodeSelector') },
  ]);
});

it("is content with kubeadm's own", async () => {
  expect(await ebpfResult('PXS086')).toMatchObject({ verdict: 'ok', saw: 'none of them' });
  const tracking = { annotations: { 'deprecated.daemonset.template.generation': '2' } };
  expect(await ebpfResult('PXS086', { proxy: tracking })).toMatchObject({ verdict: 'ok' });
});

it('is unknown without DaemonSets', async () => {
  expect(await ebpfResult('PXS086', { without: ['daemonsets'] })).toMatchObject({ verdict: 'unknown' });
});
