import type { ClusterFacts } from '../facts.ts';

/**
 * Whether some node has still to leave ipvs: kube-proxy cleans IPVS up when it does. Of a live cluster the observed modes
 * decide, and a node that was not looked at counts as one that has to; of an export, the mode that is configured.
 */
export async function leavesIpvs(facts: ClusterFacts): Promise<boolean> {
  if (facts.server === '') return (await facts.proxyConfig()).summary.effectiveMode !== 'nftables';
  const [proxies, nodes] = await Promise.all([facts.proxies(), facts.nodes()]);
  const done = new Set(proxies.filter(({ mode }) => mode === 'nftables').map(({ node }) => node));
  return nodes.some(({ name }) => !done.has(name));
}
