import semver, { type SemVer } from 'semver';
import type { ProxyVersion } from '../../cluster/kube-proxy/version.ts';

/** How far a kube-proxy image stands the sets that nft ≥ 1.1.3 makes. */
export type NftCrash = 'crashes' | 'partly-fixed' | 'fixed';

/**
 * The first patch of each minor version with the change to kube-proxy itself (kubernetes/kubernetes#137501, #137807,
 * #137808, #137809; CHANGELOG-1.33 to 1.36). It did not end the crashes: see kubernetes/kubernetes#140898.
 */
const partlyFixed = ['1.33.11', '1.34.7', '1.35.4', '1.36.0'];

/**
 * The first patch that was read to be built with nft 1.0.6.1, which ends them (kubernetes/kubernetes#140405): distroless-
 * iptables 0.8.12 or newer, 0.9.4 or newer, in build/common.sh of 1.34.10, 1.35.8, 1.36.3, 1.37.2. 1.33.13 has 0.8.11.
 */
const fixed = ['1.34.10', '1.35.8', '1.36.3', '1.37.0'];

/** Vendors choose the nft of their images (EKS 1.36.0-eksbuild.9 crashed, #140898): theirs are partly fixed at best. */
export function nftCrashOf({ version, vendorBuild }: ProxyVersion): NftCrash {
  if (!vendorBuild && atLeast(version, fixed)) return 'fixed';
  return atLeast(version, partlyFixed) ? 'partly-fixed' : 'crashes';
}

/** The patch of the same minor version that has the whole fix, else the oldest version that has it. */
export function nftFixFor(version: SemVer): string {
  return fixed.find((patch) => semver.minor(patch) === version.minor) ?? '1.34.10';
}

/** Whether a version is at or above the patch of its own minor version, or of a newer minor than all. */
function atLeast(version: SemVer, patches: readonly string[]): boolean {
  const newest = patches.at(-1);
  if (newest !== undefined && semver.gte(version, newest)) return true;
  return patches.some((patch) => semver.minor(patch) === version.minor && semver.gte(version, patch));
}
