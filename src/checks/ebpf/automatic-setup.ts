import { type Check, finding } from '../check.ts';
import { bpfSetup } from './bpf-setup.ts';

const code = 'PXS082';

export const automaticSetup: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'The Tigera operator can set up eBPF mode by itself',
  looksAt: 'how Calico is installed, and the image of Deployment tigera-operator/tigera-operator',
  run: async (facts) => {
    const calico = await facts.calico();
    if (calico === undefined) {
      const message = 'The cluster has no Calico: eBPF mode is a dataplane of Calico';
      const more = { fix: 'Migrate to nftables instead', command: 'proxyshift check CLUSTER' };
      return { saw: 'no Calico', findings: [finding(code, 'blocker', message, more)] };
    }
    const { automatic, operator } = await bpfSetup(facts, calico);
    if (calico.install === 'manifest') {
      const message = `Calico ${calico.version} was installed by manifests: the way to eBPF mode is by hand there, and proxyshift takes only installs of the Tigera operator`;
      const more = {
        objects: ['DaemonSet kube-system/calico-node'],
        fix: 'Move to the Tigera operator first, or follow the manual way of its documentation',
        command: 'kubectl -n kube-system get daemonset calico-node -o wide',
      };
      return { saw: `Calico ${calico.version}, manifest install`, findings: [finding(code, 'blocker', message, more)] };
    }
    if (calico.installation?.spec.calicoNetwork?.linuxDataplane === 'VPP') {
      const message = 'linuxDataplane is VPP: proxyshift takes Iptables and Nftables to eBPF';
      const more = {
        objects: ['Installation default'],
        fix: 'Take Calico to Iptables first, by its documentation',
        command: 'kubectl get installation default -o yaml',
      };
      return { saw: 'linuxDataplane: VPP', findings: [finding(code, 'blocker', message, more)] };
    }
    const saw = `Calico ${calico.version}, operator ${operator ?? 'of an unknown version'}`;
    if (automatic) return { saw, findings: [] };
    const message = `The Tigera operator (${operator ?? `of Calico ${calico.version}`}) has no bpfNetworkBootstrap and no kubeProxyManagement, which came with 1.40: the run asks a person to tell Calico the API server's address, and to switch kube-proxy off`;
    const more = {
      objects: ['Deployment tigera-operator/tigera-operator'],
      fix: 'Have somebody at hand for it, or upgrade the operator to 1.40 or newer first (Calico 3.31)',
      command:
        "kubectl -n tigera-operator get deployment tigera-operator -o jsonpath='{.spec.template.spec.containers[0].image}'",
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
