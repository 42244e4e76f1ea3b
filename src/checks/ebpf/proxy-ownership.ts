import { onCalico } from '../calico/on-calico.ts';
import { type Check, finding } from '../check.ts';
import { bpfSetup } from './bpf-setup.ts';

const code = 'PXS086';
const object = 'DaemonSet kube-system/kube-proxy';

/** `validateDaemonSetUnmanaged` in pkg/controller/kubeproxy/controller.go of the Tigera operator: any value counts. */
const labels = ['app.kubernetes.io/managed-by', 'addonmanager.kubernetes.io/mode'];
const annotations = ['argocd.argoproj.io/tracking-id'];

export const proxyOwnership: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'The Tigera operator may switch kube-proxy off',
  looksAt: `${labels.join(', ')} and ${annotations.join(', ')} of ${object}`,
  run: onCalico(async (calico, facts) => {
    const daemonSet = await facts.proxyDaemonSet();
    // PXS010 says so.
    if (daemonSet === undefined) return { saw: 'no DaemonSet', findings: [] };
    const { metadata } = daemonSet;
    const marks = [
      ...labels.filter((key) => key in metadata.labels).map((key) => `label ${key}=${metadata.labels[key]}`),
      ...annotations.filter((key) => key in metadata.annotations).map((key) => `annotation ${key}`),
    ];
    const saw = marks.join(', ') || 'none of them';
    if (marks.length === 0) return { saw, findings: [] };
    const { automatic } = await bpfSetup(facts, calico);
    const message = automatic
      ? `${object} has ${marks.join(' and ')}: kubeProxyManagement takes it for somebody else's and refuses to switch it off`
      : `${object} has ${marks.join(' and ')}: whatever manages it may undo the nodeSelector that switches it off`;
    const more = {
      objects: [object],
      fix: 'Let whatever manages it switch kube-proxy off, and leave kubeProxyManagement Disabled; or take the DaemonSet out of its care first',
      command: 'kubectl -n kube-system get daemonset kube-proxy -o yaml',
    };
    return { saw, findings: [finding(code, automatic ? 'blocker' : 'warning', message, more)] };
  }),
};
