import type { Finding } from '../../model/finding.ts';
import { type Check, few, finding } from '../check.ts';
import { leavesIpvs } from './leaving-ipvs.ts';
import { findVirtualIPTools, type VirtualIPTool } from './virtual-ip-tools.ts';

const code = 'PXS051';

/**
 * Tools that announce addresses from the nodes: strictARP was made for them, since kube-ipvs0 would answer ARP in their
 * place, and some keep virtual servers in the same IPVS that kube-proxy flushes (`CleanupLeftovers` in pkg/proxy/ipvs).
 */
export const strictARP: Check = {
  code,
  category: 'kube-proxy',
  target: 'nftables',
  title: 'Nothing else depends on IPVS or on strictARP',
  looksAt: 'ipvs.strictARP of config.conf; MetalLB, kube-vip and keepalived among DaemonSets and pods of kube-system',
  run: async (facts) => {
    const [{ summary }, daemonSets, pods, leaving] = await Promise.all([
      facts.proxyConfig(),
      facts.daemonSets(),
      facts.systemPods(),
      leavesIpvs(facts),
    ]);
    const tools = findVirtualIPTools(daemonSets, pods);
    const strict = summary.ipvs.strictARP ?? false;
    const names = [...new Set(tools.map(({ tool }) => tool))].join(', ') || 'none of them';
    const saw = `ipvs.strictARP: ${strict}; ${names}`;
    return { saw, findings: [...ipvsUsers(tools, leaving), ...(strict ? [noLongerNeeded(tools)] : [])] };
  },
};

function ipvsUsers(tools: readonly VirtualIPTool[], leaving: boolean): Finding[] {
  const users = objectsOf(tools, true);
  const perhaps = objectsOf(tools, 'perhaps');
  const findings: Finding[] = [];
  if (users.length > 0) {
    const message = `kube-vip balances by virtual servers of IPVS (lb_enable), which kube-proxy flushes when it ${leaving ? 'leaves ipvs, and at each start after that' : 'starts in nftables mode'}: ${few(users)}`;
    const more = {
      objects: users,
      fix: 'Set lb_enable to "false" and let kube-vip only move the address, or balance the control plane by something else',
      command: 'kubectl -n kube-system get daemonsets,pods -o yaml | grep -B1 -A1 lb_enable',
    };
    findings.push(finding(code, leaving ? 'blocker' : 'warning', message, more));
  }
  if (perhaps.length > 0) {
    const message = `keepalived may have virtual servers in IPVS, which kube-proxy flushes at each start in nftables mode: ${few(perhaps)}`;
    const more = {
      objects: perhaps,
      fix: 'Look for virtual_server in its configuration; without one it only moves addresses, and nothing changes',
      command: 'kubectl debug node/NODE -it --image=busybox -- chroot /host cat /proc/net/ip_vs',
    };
    findings.push(finding(code, 'warning', message, more));
  }
  return findings;
}

function noLongerNeeded(tools: readonly VirtualIPTool[]): Finding {
  const found = [...new Set(tools.map(({ object }) => object))];
  const who = found.length > 0 ? `, not for ${few(found)} either` : '';
  const message = `ipvs.strictARP is no longer needed in nftables mode${who}; its sysctls (arp_ignore 1, arp_announce 2) stay until a node is rebooted`;
  return finding(code, 'note', message, {
    objects: ['ConfigMap kube-system/kube-proxy', ...found],
    command: 'kubectl debug node/NODE -it --image=busybox -- chroot /host sysctl net.ipv4.conf.all.arp_ignore',
  });
}

function objectsOf(tools: readonly VirtualIPTool[], uses: true | 'perhaps'): string[] {
  return [...new Set(tools.filter(({ usesIPVS }) => usesIPVS === uses).map(({ object }) => object))];
}
