import semver from 'semver';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';

const code = 'PXS056';
/** The first kernel that mends it (torvalds/linux 6e250dcbff1d, as kubernetes-sigs/kind#3588 names it). */
const LENIENT_KERNEL = '6.1.0';

/**
 * Before 6.1, conntrack may take a packet out of the window for invalid and leave it untranslated, and the client resets
 * the connection. In iptables mode a rule drops such packets; nftables mode has none and relies on `conntrack.tcpBeLiberal`
 * (kubernetes/kubernetes#117924, #122663). In ipvs mode IPVS translates, not conntrack.
 */
export const conntrack: Check = {
  code,
  category: 'kube-proxy',
  title: 'conntrack is liberal where the kernel is older than 6.1',
  looksAt: 'conntrack.tcpBeLiberal of config.conf, and the kernel of every Linux node',
  target: 'nftables',
  run: async (facts) => {
    const [{ summary }, nodes] = await Promise.all([facts.proxyConfig(), facts.nodes()]);
    const { tcpBeLiberal = false } = summary.conntrack;
    const old = nodes.filter(({ kernel }) => {
      const version = semver.coerce(kernel);
      return version !== null && semver.lt(version, LENIENT_KERNEL);
    });
    const saw = `conntrack.tcpBeLiberal: ${tcpBeLiberal}, ${count(old.length, 'node')} with a kernel older than 6.1; the other conntrack fields count in both modes`;
    if (tcpBeLiberal || old.length === 0) return { saw, findings: [] };
    const list = few(old.map(({ name, kernel }) => `${name} (${kernel})`));
    const message = `With a kernel older than 6.1 and without conntrack.tcpBeLiberal, nftables mode may now and then reset connections to Services: ${list}`;
    const more = {
      objects: nodeObjects(old.map(({ name }) => name)),
      fix: 'Set conntrack.tcpBeLiberal: true in config.conf before the run; it is a sysctl of the whole node',
      command: 'kubectl -n kube-system edit configmap kube-proxy',
    };
    return { saw, findings: [finding(code, 'warning', message, more)] };
  },
};
