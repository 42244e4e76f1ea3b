import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { calicoNamespaces } from '../../cluster/refs.ts';
import { type Check, count, few, finding } from '../check.ts';

const code = 'PXS075';

/**
 * Canal is Felix for policy beside flannel, as DaemonSet `canal` (manifests/canal.yaml of projectcalico/calico) or
 * `rke2-canal`. It would be taken for a cluster without Calico, and its Felix left in iptables.
 */
export const otherInstalls: Check = {
  code,
  category: 'calico',
  title: 'No Felix runs in a form that is not migrated (Canal)',
  looksAt: 'DaemonSets of all namespaces with a container calico-node',
  run: async (facts) => {
    const others = (await facts.daemonSets()).filter(runsFelix).filter((daemonSet) => !isKnown(daemonSet));
    const names = others.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
    if (names.length === 0) return { saw: 'no other Felix', findings: [] };
    const objects = names.map((name) => `DaemonSet ${name}`);
    const canal = others.some(withFlannel) ? ', with flannel (Canal)' : '';
    const message = `Felix runs in ${few(objects)}${canal}: proxyshift does not switch it, so it could be left in iptables beside kube-proxy's nftables`;
    const more = {
      objects,
      fix: 'Move to Calico by its operator or its own manifests first, or switch this cluster by hand',
      command: 'kubectl get daemonsets -A -o wide | grep calico-node',
    };
    return { saw: count(names.length, 'other DaemonSet'), findings: [finding(code, 'blocker', message, more)] };
  },
};

function runsFelix({ spec }: DaemonSet): boolean {
  return spec.template.spec.containers.some(({ name }) => name === 'calico-node');
}

function isKnown({ metadata }: DaemonSet): boolean {
  const namespaces: readonly string[] = Object.values(calicoNamespaces);
  return metadata.name === 'calico-node' && namespaces.includes(metadata.namespace);
}

function withFlannel({ spec }: DaemonSet): boolean {
  return spec.template.spec.containers.some(({ name, image }) => /flannel/.test(`${name} ${image}`));
}
