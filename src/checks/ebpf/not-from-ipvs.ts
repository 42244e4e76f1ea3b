import { type Check, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS080';

/**
 * Calico's documentation (3.32, "Enabling the eBPF data plane") asks for iptables mode and a restart of the nodes first: the
 * run does the one, and people the other. What is left of IPVS cut nodes off in projectcalico/calico#12476, and Pods of other nodes in #7599.
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
    const message = `kube-proxy runs ipvs ${where}: the run takes it to iptables first, and then these nodes have to be restarted by a person, since nodes that went on to eBPF without lost their connections, SSH too (calico#12476)`;
    const more = {
      objects: nodes.length > 0 ? nodeObjects(nodes) : ['ConfigMap kube-system/kube-proxy'],
      fix: 'Have somebody at hand who can restart the nodes one by one when the run asks for it, group by group',
      command: 'proxyshift confirm CLUSTER STEP --as YOU',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
