import { type Check, count, finding } from '../check.ts';
import { leavesIpvs } from '../kube-proxy/leaving-ipvs.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS065';

/**
 * Cluster IPs leave kube-ipvs0 as well. What is not to a port of the Service is rejected, and what is to an address of the
 * Service range that no Service has is dropped (pkg/proxy/nftables/README.md). Who pings is not in any object.
 */
export const clusterIPs: Check = {
  code,
  category: 'services',
  target: 'nftables',
  title: 'Nothing pings cluster IPs',
  looksAt: 'the number of Services with a cluster IP; who uses them how cannot be read',
  run: async (facts) => {
    const { services } = await chooseServices(facts, () => true);
    const saw = `${count(services.length, 'Service')} with a cluster IP`;
    if (services.length === 0) return { saw, findings: [] };
    if (!(await leavesIpvs(facts))) return { saw: `${saw}; no node has to switch`, findings: [] };
    const message =
      'Cluster IPs stop answering ping: in nftables mode all but the ports of a Service is rejected, and addresses of the Service range that no Service has may be dropped, and host firewalls may see Service traffic as forwarded instead of as input';
    const more = {
      fix: 'Point probes that ping a cluster IP at a port of the Service, and look at firewall rules that name node ports',
      command: 'kubectl get services -A -o wide',
    };
    return { saw, findings: [finding(code, 'note', message, more)] };
  },
};
