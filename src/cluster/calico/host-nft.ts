import { nftReleaseOf } from '../nft-releases.ts';

/**
 * Releases that are not known to have nft 1.1.3, and count for Calico all the same: Fedora 42 by the reports in
 * projectcalico/calico#11750, Ubuntu 25.10 as the one before the 26.04 of calico#13068.
 */
const alsoNewer = [/^Fedora (?:Linux|CoreOS) 42\b/, /^Ubuntu 25\.10\b/];

/** Whether the nft of a node's distribution is newer than the one in Calico's older images. */
export function hasNewerNft(osImage: string): boolean {
  return nftReleaseOf(osImage) !== undefined || alsoNewer.some((pattern) => pattern.test(osImage));
}
