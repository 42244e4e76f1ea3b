import { type Check, finding } from '../check.ts';
import { leavesIpvs } from './leaving-ipvs.ts';

const code = 'PXS014';

/** kube-proxy's clean-up of IPVS ignores excludeCIDRs and flushes every virtual server (pkg/proxy/ipvs, CleanupLeftovers). */
export const excludeCIDRs: Check = {
  code,
  category: 'kube-proxy',
  target: 'nftables',
  title: 'No virtual servers of others are in IPVS (ipvs.excludeCIDRs is empty)',
  looksAt: 'ipvs.excludeCIDRs of config.conf, and whether a node still has to leave ipvs',
  run: async (facts) => {
    const [{ summary }, leaving] = await Promise.all([facts.proxyConfig(), leavesIpvs(facts)]);
    const excluded = summary.ipvs.excludeCIDRs;
    if (excluded.length === 0) return { saw: 'ipvs.excludeCIDRs: empty', findings: [] };
    const saw = `ipvs.excludeCIDRs: ${excluded.join(', ')}`;
    // What it protected was flushed when the last node left ipvs.
    if (!leaving) return { saw: `${saw}; every node has left ipvs`, findings: [] };
    const message = `ipvs.excludeCIDRs (${excluded.join(', ')}) protects IPVS entries of others; kube-proxy flushes them when it leaves ipvs`;
    const more = {
      objects: ['ConfigMap kube-system/kube-proxy'],
      fix: 'Move what made these virtual servers elsewhere, then empty the list',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
    };
    return { saw, findings: [finding(code, 'blocker', message, more)] };
  },
};
