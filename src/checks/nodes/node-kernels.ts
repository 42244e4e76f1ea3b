import semver from 'semver';
import { containerRunsProxy } from '../../cluster/kube-proxy/container.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { readProxyVersion } from '../kube-proxy/proxy-version.ts';

const code = 'PXS003';
/** kube-proxy exits below it (cmd/kube-proxy and pkg/proxy/nftables: "requires kernel 5.13 or later"). */
const OLDEST_KERNEL = '5.13.0';
/**
 * From 1.33.0, kube-proxy skips its check of the kernel where this is not empty. In 1.31 and 1.32 the condition was the
 * wrong way round: there it checks only where this is set (kubernetes/kubernetes#130401, pkg/proxy/nftables/proxier.go).
 */
const SKIP = 'KUBE_PROXY_NFTABLES_SKIP_KERNEL_VERSION_CHECK';

/** The kernel that each node reports; distributions add to the number, so only its start is read. */
export const nodeKernels: Check = {
  code,
  category: 'nodes',
  target: 'nftables',
  title: 'Every Linux node has kernel 5.13 or newer',
  looksAt: `status.nodeInfo.kernelVersion of every Linux node, and ${SKIP} of kube-proxy`,
  essential: true,
  run: async (facts) => {
    const [nodes, daemonSet, { version }] = await Promise.all([
      facts.nodes(),
      facts.proxyDaemonSet(),
      readProxyVersion(facts),
    ]);
    const versions = nodes.map(({ kernel }) => semver.coerce(kernel));
    const known = versions.filter((kernel) => kernel !== null).sort(semver.compare);
    const [oldest, newest] = [`${known[0] ?? '?'}`, `${known.at(-1) ?? '?'}`];
    const kernels = oldest === newest ? `kernel ${oldest}` : `kernels ${oldest} to ${newest}`;
    const saw = `${count(nodes.length, 'node')}, ${kernels}`;
    const old = nodes.filter((_, index) => {
      const kernel = versions[index];
      return !kernel || semver.lt(kernel, OLDEST_KERNEL);
    });
    if (old.length === 0) return { saw, findings: [] };
    const env = daemonSet?.spec.template.spec.containers.find(containerRunsProxy)?.env ?? [];
    const skips = semver.gte(version, '1.33.0') && env.some(({ name, value }) => name === SKIP && value);
    const list = few(old.map((node) => `${node.name} (${node.kernel})`));
    const message = skips
      ? `kube-proxy in nftables mode is made for kernel 5.13 or newer, and ${SKIP} tells it to start on older ones too: ${list}`
      : `kube-proxy in nftables mode needs kernel 5.13 or newer; older: ${list}`;
    const more = {
      objects: nodeObjects(old.map((node) => node.name)),
      fix: skips
        ? 'Make sure that nft on these nodes is 1.0.1 or newer: an older one is broken by the rules of kube-proxy'
        : 'Upgrade the kernel of these nodes, or replace them',
      command: skips
        ? 'kubectl debug node/NODE -it --image=busybox -- chroot /host nft --version'
        : 'kubectl drain NODE --ignore-daemonsets',
    };
    return { saw, findings: [finding(code, skips ? 'warning' : 'blocker', message, more)] };
  },
};
