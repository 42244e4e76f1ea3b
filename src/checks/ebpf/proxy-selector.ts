import { proxyOffSelectors } from '../../cluster/calico/ebpf.ts';
import { onCalico } from '../calico/on-calico.ts';
import { type Check, finding } from '../check.ts';

const code = 'PXS088';
const object = 'DaemonSet kube-system/kube-proxy';

const selectors: readonly string[] = Object.values(proxyOffSelectors);

export const proxySelector: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'kube-proxy is not switched off yet',
  looksAt: `nodeSelector of ${object}`,
  run: onCalico(async ({ installation }, facts) => {
    const daemonSet = await facts.proxyDaemonSet();
    const { nodeSelector = {} } = daemonSet?.spec.template.spec ?? {};
    const found = selectors.filter((key) => key in nodeSelector);
    const saw = daemonSet ? `nodeSelector: ${Object.keys(nodeSelector).sort().join(', ') || 'empty'}` : 'no DaemonSet';
    const isBpf = installation?.spec.calicoNetwork?.linuxDataplane === 'BPF';
    if (found.length === 0 && isBpf && daemonSet) {
      const message = `linuxDataplane is BPF already, and kube-proxy is not switched off: both may serve Services`;
      const more = {
        objects: [object, 'Installation default'],
        fix: 'Finish what was begun: switch kube-proxy off, or take linuxDataplane back and start again',
        command: `kubectl -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{"non-calico":"true"}}}}}'`,
      };
      return { saw, findings: [finding(code, 'blocker', message, more)] };
    }
    if (found.length === 0) return { saw, findings: [] };
    if (isBpf) {
      const message = `kube-proxy is switched off by nodeSelector ${found.join(', ')}, and linuxDataplane is BPF: this cluster is there already`;
      return { saw, findings: [finding(code, 'note', message, { objects: [object] })] };
    }
    const nulls = found.map((key) => `"${key}":null`).join(',');
    const message = `kube-proxy is switched off by nodeSelector ${found.join(', ')}, though Calico does not run eBPF by its Installation: nobody may be serving Services`;
    const more = {
      objects: [object],
      fix: 'Find out who serves Services; where nobody does, the selector was left behind and has to go',
      command: `kubectl -n kube-system patch daemonset kube-proxy --type merge -p '{"spec":{"template":{"spec":{"nodeSelector":{${nulls}}}}}}'`,
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  }),
};
