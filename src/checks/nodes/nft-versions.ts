import { nftReleaseOf } from '../../cluster/nft-releases.ts';
import { type Check, count, few, finding, nodeObjects } from '../check.ts';
import { describeProxyVersion, readProxyVersion } from '../kube-proxy/proxy-version.ts';
import { nftCrashOf, nftFixFor } from './nft-crash.ts';

const code = 'PXS030';

/** A set that a newer nft has made on the node makes the nft in kube-proxy's image crash, and then nothing is programmed. */
export const nftVersions: Check = {
  code,
  category: 'nodes',
  title: "kube-proxy's nft stands what the nft of its nodes makes",
  looksAt: 'status.nodeInfo.osImage of every Linux node, and the image of DaemonSet kube-system/kube-proxy',
  target: 'nftables',
  run: async (facts) => {
    const [nodes, version] = await Promise.all([facts.nodes(), readProxyVersion(facts)]);
    const newer = nodes.filter(({ osImage }) => nftReleaseOf(osImage) !== undefined);
    const saw = `${describeProxyVersion(version)}, ${newer.length} of ${count(nodes.length, 'node')} with nft 1.1.3 or newer`;
    const crash = nftCrashOf(version);
    if (newer.length === 0 || crash === 'fixed') return { saw, findings: [] };
    const list = few(newer.map(({ name, osImage }) => `${name} (${osImage})`));
    const problem =
      crash === 'crashes'
        ? 'crashes in nftables mode where nft 1.1.3 or newer has made sets'
        : 'may still crash in nftables mode where nft 1.1.3 or newer has made sets';
    const message = `kube-proxy ${version.text} ${problem} (kubernetes/kubernetes#136786), and these nodes have such an nft: ${list}`;
    const more = {
      objects: nodeObjects(newer.map(({ name }) => name)),
      fix: version.vendorBuild
        ? `Ask the vendor for an image of kube-proxy with nft 1.0.6.1; those of Kubernetes itself have it from ${nftFixFor(version.version)}`
        : `Upgrade kube-proxy to ${nftFixFor(version.version)} or newer first, or see to it that no nft on these nodes makes sets`,
      command:
        "kubectl -n kube-system get daemonset kube-proxy -o jsonpath='{.spec.template.spec.containers[*].image}'",
    };
    return { saw, findings: [finding(code, crash === 'crashes' ? 'blocker' : 'warning', message, more)] };
  },
};
