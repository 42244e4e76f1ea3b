import { type Check, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS080';

/**
 * Calico's documentation (3.32, "Enabling the eBPF data plane") asks for iptables mode and a restart of the nodes first. What
 * is left of IPVS cut nodes off in projectcalico/calico#12476, and Pods of other nodes in #7599.
 */
export const notFromIpvs: Check = {
  code,
  category: 'ebpf',
  target: 'ebpf',
  title: 'kube-proxy does not run ipvs any more',
  looksAt: 'mode in config.conf, and the mode that each node shows',
  run: async (facts) => {
    const [{ summary }, proxies] = await Promise.all([facts.proxyConfig(), facts.server === '' ? [] : facts.proxies()]);
    const nodes = proxies.filter(({ mode }) => mode === 'ipvs').map(({ node }) => node);
    const saw = `mode in config.conf: ${summary.effectiveMode}; nodes in ipvs: ${few(nodes) || (facts.server === '' ? 'not looked at' : 'none')}`;
    if (summary.effectiveMode !== 'ipvs' && nodes.length === 0) return { saw, findings: [] };
    const where = nodes.length > 0 ? `on ${few(nodes)}` : 'by its config.conf';
    const message = `kube-proxy runs ipvs ${where}: nodes that went from there to eBPF lost their connections, SSH too, until they were restarted (calico#12476)`;
    const more = {
      objects: nodes.length > 0 ? nodeObjects(nodes) : ['ConfigMap kube-system/kube-proxy'],
      fix: 'Take kube-proxy out of ipvs first (proxyshift takes it to nftables), then restart the nodes one by one',
      command: 'proxyshift start CLUSTER',
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  },
};
