import { canonicalAddress } from '../../cluster/server-address.ts';
import type { ServiceFacts } from '../../cluster/services.ts';
import { type Check, count, finding } from '../check.ts';
import { leavesIpvs } from '../kube-proxy/leaving-ipvs.ts';
import { chooseServices } from './chosen.ts';

const code = 'PXS061';

/**
 * ipvs mode binds external and load-balancer IPs to kube-ipvs0, where no other interface has them (`shouldBind` in
 * pkg/proxy/ipvs/proxier.go), so that every node holds them and answers for them. nftables mode only translates them.
 */
export const localAddresses: Check = {
  code,
  category: 'services',
  title: 'No external address of a Service has to be local on the nodes',
  looksAt: 'spec.externalIPs and status.loadBalancer.ingress of every Service, against the addresses of the nodes',
  run: async (facts) => {
    const own = new Set((await facts.allNodes()).flatMap(({ addresses }) => addresses.map(canonical)));
    const bound = ({ externalIPs, loadBalancerIPs }: ServiceFacts) =>
      [...new Set([...externalIPs, ...loadBalancerIPs])].filter((ip) => !own.has(canonical(ip))).sort();
    const chosen = await chooseServices(facts, (service) => bound(service).length > 0);
    const saw = `${count(chosen.services.length, 'Service')} with addresses that no node reports as its own`;
    if (chosen.services.length === 0) return { saw, findings: [] };
    if (!(await leavesIpvs(facts))) return { saw: `${saw}; no node has to switch`, findings: [] };
    const message = `These addresses leave kube-ipvs0: nodes answer no ping, no ARP and no closed port for them any more, only the ports of the Service, and what announces local addresses no longer finds them: ${chosen.named((service) => bound(service).join(', '))}`;
    const more = {
      objects: chosen.objects,
      fix: 'Make sure that a load balancer, a route or a speaker (MetalLB, kube-vip, BGP) brings these addresses to the nodes, and that nothing tests them with ping',
      command:
        'kubectl get services -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,EXTERNAL:.spec.externalIPs,BALANCER:.status.loadBalancer.ingress[*].ip',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};

/** IPv6 may be written in more than one way, in a Service as in a Node. */
function canonical(address: string): string {
  return canonicalAddress(address) ?? address;
}
