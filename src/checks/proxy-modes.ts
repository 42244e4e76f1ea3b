import type { ProxyProof } from '../model/node-proof.ts';
import { type Check, few, finding, nodeObjects } from './check.ts';

/** What each node runs, not what the ConfigMap asks for. */
export const proxyModes: Check = {
  code: 'PXS012',
  title: 'kube-proxy is seen in ipvs (or already in nftables) on every node',
  run: ({ proxies }) => {
    const unknown = proxies.filter((proof) => proof.mode === 'unknown');
    const iptables = proxies.filter((proof) => proof.mode === 'iptables');
    const unsynced = proxies.filter((proof) => proof.mode !== 'unknown' && proof.synced === false);
    return [
      ...blocker(
        unknown,
        (nodes) => `The mode of kube-proxy is unknown on ${nodes}`,
        'Neither /proxyMode nor the log answered: kubectl -n kube-system logs POD | head',
      ),
      ...blocker(
        iptables,
        (nodes) => `kube-proxy runs iptables, not ipvs, on ${nodes}`,
        'proxyshift takes clusters from ipvs to nftables; an edited ConfigMap may be waiting for a restart',
      ),
      ...blocker(
        unsynced,
        (nodes) => `kube-proxy has not finished its first sync on ${nodes}`,
        'Wait until it has, or look at its log: kubectl -n kube-system logs POD',
      ),
    ];
  },
};

/** Port-forward may be closed to the worker by a proxy or a webhook, though RBAC allows it. */
export const visibleSync: Check = {
  code: 'PXS017',
  title: "kube-proxy's first sync can be seen on every node",
  run: ({ proxies }) => {
    const unseen = proxies
      .filter((proof) => proof.mode !== 'unknown' && proof.synced === undefined)
      .map(({ node }) => node);
    if (unseen.length === 0) return [];
    return [
      finding(
        'PXS017',
        'warning',
        `Port-forward is refused on ${few(unseen)}: the log line is the only proof there, and the first sync is given 15 s instead of being seen`,
        {
          objects: nodeObjects(unseen),
          fix: 'kubectl -n kube-system port-forward POD 10249, with the credentials of the worker',
        },
      ),
    ];
  },
};

/** Started again after it was stopped in the middle: allowed, and said. */
export const mixedModes: Check = {
  code: 'PXS016',
  title: 'All nodes run the same mode',
  run: ({ proxies }) => {
    const done = proxies.filter((proof) => proof.mode === 'nftables').length;
    if (done === 0 || done === proxies.length) return [];
    return [
      finding(
        'PXS016',
        'warning',
        `${done} of ${proxies.length} nodes already run nftables: a migration was stopped in the middle; this run finishes it, and a rollback returns to this state`,
      ),
    ];
  },
};

function blocker(proofs: ProxyProof[], message: (nodes: string) => string, fix: string) {
  if (proofs.length === 0) return [];
  const names = proofs.map((proof) => proof.node);
  const first = proofs[0]?.remark ? ` (${proofs[0].remark})` : '';
  return [finding('PXS012', 'blocker', `${message(few(names))}${first}`, { objects: nodeObjects(names), fix })];
}
