/** A distribution whose nft is 1.1.3 or newer. */
export interface NftRelease {
  /** Start of `status.nodeInfo.osImage` (PRETTY_NAME of os-release); a group captures the release. */
  osImage: RegExp;
  /** The first release that has it; absent: every one that matches. */
  since?: string;
  /** The version of nft in that release, where the source names it. */
  nft?: string;
  source: string;
}

/**
 * Distributions with nft ≥ 1.1.3, whose sets crash the nft of older kube-proxy images (kubernetes/kubernetes#136786).
 * A distribution that is not here is not known to have it. The source of each row was read in November 2026.
 */
export const nftReleases: readonly NftRelease[] = [
  {
    osImage: /^(?:Red Hat Enterprise Linux|AlmaLinux|Rocky Linux|CentOS Stream|Oracle Linux Server) (\d+)/,
    since: '10',
    source: 'k0sproject/k0s#7293 (the crash on AlmaLinux 10.1)',
  },
  {
    osImage: /^Fedora (?:Linux|CoreOS) (\d+)/,
    since: '43',
    nft: '1.1.3',
    source: 'packages.fedoraproject.org/pkgs/nftables/nftables; kubernetes/kubernetes#136786',
  },
  { osImage: /^Debian GNU\/Linux (\d+)/, since: '13', nft: '1.1.3', source: 'packages.debian.org/libnftables1' },
  { osImage: /^Debian GNU\/Linux (?:forky|sid)/, nft: '1.1.3', source: 'packages.debian.org/libnftables1' },
  {
    osImage: /^Ubuntu (\d+\.\d+)/,
    since: '26.04',
    nft: '1.1.6',
    source: 'projectcalico/calico#13068 (nft on the node)',
  },
  {
    osImage: /^Alpine Linux v(\d+\.\d+)/,
    since: '3.22',
    nft: '1.1.3',
    source: 'pkgs.alpinelinux.org/package/v3.22/main/armv7/nftables',
  },
  { osImage: /^NixOS (\d+\.\d+)/, since: '25.11', nft: '1.1.3', source: 'nixpkgs, pkgs/os-specific/linux/nftables' },
  { osImage: /^Bottlerocket OS/, source: 'kubernetes/kubernetes#140898 (the crash on Bottlerocket)' },
];

/** The row of an OS image whose nft is 1.1.3 or newer, where it is known to be. */
export function nftReleaseOf(osImage: string): NftRelease | undefined {
  return nftReleases.find(({ osImage: pattern, since }) => {
    const match = pattern.exec(osImage);
    if (match === null) return false;
    return since === undefined || isFrom(match[1] ?? '', since);
  });
}

/** Compared number by number: `26.04` and `26.05` are no versions for semver, which takes no leading zero. */
function isFrom(release: string, first: string): boolean {
  const [[major = 0, minor = 0], [firstMajor = 0, firstMinor = 0]] = [numbersIn(release), numbersIn(first)];
  return major > firstMajor || (major === firstMajor && minor >= firstMinor);
}

function numbersIn(release: string): number[] {
  return release.split('.').map(Number);
}
