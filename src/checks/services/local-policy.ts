import semver from 'semver';
import { type Check, count, finding } from '../check.ts';
import { describeProxyVersion, readProxyVersion } from '../kube-proxy/proxy-version.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS062';

/**
 * Before it, nftables mode dropped what pods sent to such an address from a node without an endpoint, which ipvs mode
 * does not (kubernetes/kubernetes#131765). Changed by #132456 in 1.34.0 and #133969 in 1.33.6; not in 1.31 and 1.32.
 */
const FIRST_WITHOUT = '1.33.6';

export const localPolicy: Check = {
  code,
  category: 'services',
  target: 'nftables',
  title: 'External addresses with externalTrafficPolicy Local can be used from inside',
  looksAt: 'Services with externalTrafficPolicy Local and an external address, and the version of kube-proxy',
  run: async (facts) => {
    const [chosen, proxy] = await Promise.all([
      chooseServices(
        facts,
        ({ externalTrafficPolicy, externalIPs, loadBalancerIPs }) =>
          externalTrafficPolicy === 'Local' && externalIPs.length + loadBalancerIPs.length > 0,
      ),
      readProxyVersion(facts),
    ]);
    const saw = `${count(chosen.services.length, 'Service')} of that kind, ${describeProxyVersion(proxy)}`;
    if (chosen.services.length === 0 || semver.gte(proxy.version, FIRST_WITHOUT)) return { saw, findings: [] };
    const message = `kube-proxy ${proxy.text} in nftables mode drops what pods send to these addresses from a node without an endpoint (kubernetes#131765; 1.33.6 and 1.34.0 do not): ${chosen.named(({ externalIPs, loadBalancerIPs }) => [...new Set([...externalIPs, ...loadBalancerIPs])].sort().join(', '))}`;
    const more = {
      objects: chosen.objects,
      fix: 'Upgrade to Kubernetes 1.33.6, 1.34 or newer first, or let pods use the cluster IP or the DNS name of the Service',
      command: 'kubeadm upgrade plan',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
