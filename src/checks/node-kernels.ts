import semver from 'semver';
import { type Check, few, finding, nodeObjects } from './check.ts';

/** kube-proxy exits below it (cmd/kube-proxy and pkg/proxy/nftables: "requires kernel 5.13 or later"). */
const OLDEST_KERNEL = '5.13.0';

/** The kernel that each node reports; distributions add to the number, so only its start is read. */
export const nodeKernels: Check = {
  code: 'PXS003',
  title: 'Every Linux node has kernel 5.13 or newer',
  run: ({ nodes }) => {
    const old = nodes.filter(({ kernel }) => {
      const version = semver.coerce(kernel);
      return version === null || semver.lt(version, OLDEST_KERNEL);
    });
    if (old.length === 0) return [];
    const list = few(old.map((node) => `${node.name} (${node.kernel})`));
    return [
      finding('PXS003', 'blocker', `kube-proxy in nftables mode needs kernel 5.13 or newer; older: ${list}`, {
        objects: nodeObjects(old.map((node) => node.name)),
        fix: 'Upgrade the kernel of these nodes, or replace them: kubectl drain NODE --ignore-daemonsets',
      }),
    ];
  },
};
