import semver from 'semver';
import { type Check, finding } from '../check.ts';
import { describeProxyVersion, readProxyVersion } from './proxy-version.ts';

const code = 'PXS055';
/**
 * Rules matched the interface by index (`iif`) instead of by name. nft refuses that, and with it the whole sync, where no
 * interface has that name: always for a prefix, and for a bridge until it is there. kubernetes/kubernetes#134024; backports #134117 (1.33.6) and #134118 (1.34.2). 1.31.14 and
 * 1.32.10 still have it (pkg/proxy/util/localdetector.go).
 */
const AFFECTED = '<1.33.6 || >=1.34.0 <1.34.2';

export const localDetection: Check = {
  code,
  category: 'kube-proxy',
  title: 'kube-proxy can tell local traffic in nftables mode',
  looksAt: 'detectLocalMode of config.conf, and the image of DaemonSet kube-system/kube-proxy',
  target: 'nftables',
  run: async (facts) => {
    const [{ summary }, version] = await Promise.all([facts.proxyConfig(), readProxyVersion(facts)]);
    const mode = summary.detectLocalMode || 'ClusterCIDR';
    const saw = `detectLocalMode: ${mode}, ${describeProxyVersion(version)}`;
    const prefix = mode === 'InterfaceNamePrefix';
    const affected = semver.satisfies(version.version, AFFECTED) && (prefix || mode === 'BridgeInterface');
    if (!affected) return { saw, findings: [] };
    const problem = prefix ? 'cannot program its rules' : 'cannot program its rules until the bridge is there';
    const message = `kube-proxy ${version.text} ${problem} in nftables mode with detectLocalMode ${mode} (kubernetes/kubernetes#134024)`;
    const more = {
      objects: ['ConfigMap kube-system/kube-proxy', 'DaemonSet kube-system/kube-proxy'],
      fix: 'Upgrade kube-proxy to 1.33.6, 1.34.2 or newer first, or use detectLocalMode ClusterCIDR or NodeCIDR',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
    };
    return { saw, findings: [finding(code, prefix ? 'blocker' : 'warning', message, more)] };
  },
};
