import { type Check, finding } from '../check.ts';

const code = 'PXS015';

/** nftables knows one way to spread connections: at random. */
export const scheduler: Check = {
  code,
  category: 'kube-proxy',
  title: 'No IPVS scheduler is chosen',
  looksAt: 'ipvs.scheduler of config.conf',
  run: async (facts, target) => {
    const { scheduler: name } = (await facts.proxyConfig()).summary.ipvs;
    if (!name || name === 'rr') return { saw: `ipvs.scheduler: ${name || 'not set'}`, findings: [] };
    const message = `ipvs.scheduler is ${name}; ${target === 'ebpf' ? 'eBPF mode' : 'nftables'} spreads connections at random and has no other way`;
    const more = {
      objects: ['ConfigMap kube-system/kube-proxy'],
      fix: 'Make sure that no workload needs connections to be spread that way',
      command: 'kubectl -n kube-system get configmap kube-proxy -o yaml',
    };
    return { saw: `ipvs.scheduler: ${name}`, findings: [finding(code, 'warning', message, more)] };
  },
};
