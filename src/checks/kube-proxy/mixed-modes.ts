import { type Check, count, finding, nodeObjects } from '../check.ts';

const code = 'PXS016';

/** Started again after it was stopped in the middle: allowed, and said. */
export const mixedModes: Check = {
  code,
  category: 'kube-proxy',
  title: 'All nodes run the same mode',
  looksAt: 'the observed mode of every node',
  live: true,
  run: async (facts, target) => {
    const proxies = await facts.proxies();
    const wanted = target === 'ebpf' ? 'iptables' : 'nftables';
    const done = proxies.filter((proof) => proof.mode === wanted).length;
    const saw = `${done} of ${count(proxies.length, 'node')} in ${wanted}`;
    if (done === 0 || done === proxies.length) return { saw, findings: [] };
    const message = `${done} of ${proxies.length} nodes already run ${wanted}: a migration was stopped in the middle; this run finishes it, and a rollback returns to this state`;
    const more = {
      objects: nodeObjects(proxies.filter((proof) => proof.mode !== wanted).map(({ node }) => node)),
      fix: 'Look at the report of the run before, then approve or reject',
      command: 'kubectl -n kube-system get configmaps | grep proxyshift-snapshot',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
