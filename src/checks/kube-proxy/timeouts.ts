import { type Check, finding } from '../check.ts';

const code = 'PXS052';
const fields = ['tcpTimeout', 'tcpFinTimeout', 'udpTimeout'] as const;

/** They are the timeouts of IPVS itself; in nftables mode connections are those of conntrack, with timeouts of its own. */
export const timeouts: Check = {
  code,
  category: 'kube-proxy',
  target: 'nftables',
  title: 'No timeouts of IPVS are set',
  looksAt: 'ipvs.tcpTimeout, ipvs.tcpFinTimeout and ipvs.udpTimeout of config.conf',
  run: async (facts) => {
    const { ipvs } = (await facts.proxyConfig()).summary;
    // A duration of Go (`0s`, `1h0m0s`) is zero where all its digits are; zero leaves the system's as they are.
    const set = fields.flatMap((field) => (/[1-9]/.test(ipvs[field] ?? '') ? [`ipvs.${field}: ${ipvs[field]}`] : []));
    if (set.length === 0) return { saw: 'none is set', findings: [] };
    const message = `${set.join(', ')} will not count: in nftables mode the timeouts of conntrack end idle connections`;
    const more = {
      objects: ['ConfigMap kube-system/kube-proxy'],
      fix: 'Set what is needed as conntrack.tcpEstablishedTimeout, conntrack.udpTimeout or conntrack.udpStreamTimeout, or accept the change',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
    };
    return { saw: set.join(', '), findings: [finding(code, 'warning', message, more)] };
  },
};
