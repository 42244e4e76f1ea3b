import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { wordsOf } from '../../cluster/kube-proxy/container.ts';
import { type Check, few, finding } from '../check.ts';

const code = 'PXS057';

/**
 * With ipvs NodeLocal DNSCache can only listen on an address of its own, which kubelet gives to the pods; no rule of
 * kube-proxy is about that address. With iptables it also takes the address of the DNS Service and keeps packets to it from
 * conntrack by rules of iptables. Whether that goes with nftables mode is not said: kubernetes/dns#682 is open.
 */
export const nodeLocalDNS: Check = {
  code,
  category: 'kube-proxy',
  target: 'nftables',
  title: 'NodeLocal DNSCache listens on an address of its own alone',
  looksAt: '-localip of the DaemonSets that run k8s-dns-node-cache',
  run: async (facts) => {
    const caches = (await facts.daemonSets()).flatMap(cacheIn);
    if (caches.length === 0) return { saw: 'no NodeLocal DNSCache', findings: [] };
    const saw = caches.map(({ object, addresses }) => `${object}: ${addresses.join(', ') || 'no -localip'}`).join('; ');
    const findings = caches.map(({ object, addresses, command }) => {
      const foreign = addresses.filter((address) => !isOwn(address));
      if (foreign.length === 0) {
        const message = `${object} listens on ${few(addresses) || 'no address that could be read'}: pods that ask it there are not touched by kube-proxy, so it should keep working; its project has not said so yet (kubernetes/dns#682)`;
        return finding(code, 'note', message, { objects: [object], command });
      }
      const message = `${object} listens on ${few(foreign)} too, as for iptables mode: whether DNS is still served there in nftables mode is not known (kubernetes/dns#682)`;
      const fix =
        'Give kubelet a link-local address as clusterDNS, and -localip that address alone; or try DNS on the canary node';
      return finding(code, 'warning', message, { objects: [object], fix, command });
    });
    return { saw, findings };
  },
};

function cacheIn({ metadata, spec }: DaemonSet) {
  const container = spec.template.spec.containers.find(({ image }) => /node-cache(?:[:@]|$)/.test(image));
  if (container === undefined) return [];
  const { namespace, name } = metadata;
  const words = wordsOf(container);
  const at = words.findIndex((word) => /^--?localip(?:=|$)/.test(word));
  const value = words[at]?.split('=')[1] ?? (at < 0 ? '' : (words[at + 1] ?? ''));
  return [
    {
      object: `DaemonSet ${namespace}/${name}`,
      addresses: value.split(',').filter((address) => address !== ''),
      command: `kubectl -n ${namespace} get daemonset ${name} -o jsonpath='{.spec.template.spec.containers[*].args}'`,
    },
  ];
}

/** Link-local, or unique local as the documentation of Kubernetes proposes for IPv6: not an address of a Service. */
function isOwn(address: string): boolean {
  return /^(?:169\.254\.|fe80:|fd00:)/i.test(address);
}
