import { type Check, finding } from '../check.ts';
import { describeProxyVersion, readProxyVersion } from '../kube-proxy/proxy-version.ts';

const code = 'PXS090';

/** The first release that takes IPVS away only where it finds the programs for it; before, a second kube-proxy would flush it. */
const FIRST = '1.34.0';

/** A stand-by in nftables mode must leave IPVS alone. */
export const version: Check = {
  code,
  category: 'handover',
  handover: 'make-before-break',
  title: 'kube-proxy is 1.34 or newer, so that a stand-by leaves IPVS alone',
  looksAt: 'the image of DaemonSet kube-system/kube-proxy',
  run: async (facts) => {
    const known = await readProxyVersion(facts);
    const saw = describeProxyVersion(known);
    if (known.version.compare(FIRST) >= 0) return { saw, findings: [] };
    const message = `${saw} flushes IPVS whenever it starts in nftables mode: nodes are handed over by restart`;
    const fix = 'Upgrade to 1.34 first, or accept that Services are away on each node for some seconds';
    const command = "kubectl -n kube-system get daemonset kube-proxy -o jsonpath='{..image}'";
    return { saw, findings: [finding(code, 'warning', message, { fix, command })] };
  },
};
