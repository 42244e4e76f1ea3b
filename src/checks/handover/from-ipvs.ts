import { type Check, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS095';

/** A stand-by knows the way between ipvs and nftables, and no other. */
export const fromIpvs: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'Every node that is handed over goes from ipvs to nftables',
  looksAt: 'the observed mode of every node, and what the run takes them to',
  live: true,
  run: async (facts, target) => {
    const proxies = await facts.proxies();
    const strange = proxies.filter(({ mode }) => mode !== 'ipvs' && mode !== 'nftables').map(({ node }) => node);
    const saw = `${proxies.length - strange.length} of ${proxies.length} nodes in ipvs or nftables`;
    const command = 'proxyshift check CLUSTER --only kube-proxy';
    if (target === 'ebpf') {
      const message = 'The way to eBPF leads over iptables, which has no stand-by: nodes are handed over by restart';
      return {
        saw,
        findings: [finding(code, 'warning', message, { fix: 'Nothing: it is how this way goes', command })],
      };
    }
    if (strange.length === 0) return { saw, findings: [] };
    const message = `kube-proxy is not in ipvs on ${few(strange)}: nodes are handed over by restart`;
    const fix = 'Bring these nodes to ipvs first, or accept restarts';
    return { saw, findings: [finding(code, 'warning', message, { objects: nodeObjects(strange), fix, command })] };
  },
};
