import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS017';

/** Port-forward may be closed to the worker by a proxy or a webhook, though RBAC allows it. */
export const visibleSync: Check = {
  code,
  category: 'kube-proxy',
  title: "kube-proxy's first sync can be seen on every node",
  looksAt: '/metrics of kube-proxy on every node, by port-forward',
  live: true,
  run: async (facts) => {
    const proxies = await facts.proxies();
    const unseen = proxies
      .filter((proof) => proof.mode !== 'unknown' && proof.synced === undefined)
      .map(({ node }) => node);
    const saw = `seen on ${proxies.length - unseen.length} of ${count(proxies.length, 'node')}`;
    if (unseen.length === 0) return { saw, findings: [] };
    const message = `Port-forward is refused on ${few(unseen)}: the log line is the only proof there, and the first sync is given 15 s instead of being seen`;
    const more = {
      objects: nodeObjects(unseen),
      fix: 'Find out who refuses it to the credentials of the worker',
      command: 'kubectl -n kube-system port-forward POD 10249',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
