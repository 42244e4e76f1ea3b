import type { ProxyProof } from '../../model/node-proof.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { runsEbpf } from '../ebpf/runs-ebpf.ts';

const code = 'PXS012';

/** What each node runs, not what the ConfigMap asks for. */
export const observedModes: Check = {
  code,
  category: 'kube-proxy',
  title: 'kube-proxy is seen in ipvs (or already in nftables) on every node',
  looksAt: '/proxyMode, /metrics and the start-up line of kube-proxy on every node',
  live: true,
  essential: true,
  run: async (facts, target) => {
    if (target === 'ebpf' && (await runsEbpf(facts)))
      return { saw: 'switched off: eBPF is in its place', findings: [] };
    const [proxies, nodes, observed] = await Promise.all([facts.proxies(), facts.nodes(), facts.observedNodes()]);
    const unknown = proxies.filter((proof) => proof.mode === 'unknown');
    // On the way to eBPF, iptables is where Calico's docs want kube-proxy to be; PXS080 says so.
    const iptables = target === 'nftables' ? proxies.filter((proof) => proof.mode === 'iptables') : [];
    const unsynced = proxies.filter((proof) => proof.mode !== 'unknown' && proof.synced === false);
    const log = 'kubectl -n kube-system logs POD | head -40';
    const findings = [
      ...blocker(unknown, {
        message: (on) => `The mode of kube-proxy is unknown on ${on}`,
        fix: 'Neither /proxyMode nor the log answered',
        command: log,
      }),
      ...blocker(iptables, {
        message: (on) => `kube-proxy runs iptables, not ipvs, on ${on}`,
        fix: 'proxyshift takes clusters from ipvs to nftables; an edited ConfigMap may be waiting for a restart',
        command: 'kubectl -n kube-system get configmap kube-proxy -o yaml',
      }),
      ...blocker(unsynced, {
        message: (on) => `kube-proxy has not finished its first sync on ${on}`,
        fix: 'Wait until it has, or look at its log',
        command: log,
      }),
    ];
    if (observed.length < nodes.length && proxies.length > 0) {
      const message = `kube-proxy was looked at on ${observed.length} of ${nodes.length} nodes; a run looks at all of them`;
      findings.push(finding(code, 'note', message, { command: 'proxyshift check CLUSTER --all-nodes' }));
    }
    return { saw: sawModes(proxies), findings };
  },
};

function sawModes(proxies: readonly ProxyProof[]): string {
  const modes = new Map<string, number>();
  for (const { mode } of proxies) modes.set(mode, (modes.get(mode) ?? 0) + 1);
  return [...modes].map(([mode, number]) => `${mode} on ${count(number, 'node')}`).join(', ') || 'no kube-proxy';
}

function blocker(
  proofs: ProxyProof[],
  { message, fix, command }: { message: (nodes: string) => string; fix: string; command: string },
) {
  if (proofs.length === 0) return [];
  const names = proofs.map((proof) => proof.node);
  const first = proofs[0]?.remark ? ` (${proofs[0].remark})` : '';
  const more = { objects: nodeObjects(names), fix, command };
  return [finding(code, 'blocker', `${message(few(names))}${first}`, more)];
}
