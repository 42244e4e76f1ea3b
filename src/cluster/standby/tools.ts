import type { StandbyMode } from './names.ts';

/** Where a stand-by finds its own files. */
export const STANDBY_FILES = '/etc/kube-proxy-standby';
const TOOLS = `${STANDBY_FILES}/bin`;

/** Where an image has its programs, where its own PATH is not known. */
const USUAL_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * What a stand-by may call. kube-proxy takes the rules of other modes away when it starts (platformCleanup in
 * cmd/kube-proxy/app/server_linux.go), with the programs that it finds on its PATH; one that it does not find, or that
 * fails, it does without.
 *
 * In nftables mode nothing but nft is on the PATH: no modprobe and no iptables, so IPVS and its rules stay. Where the
 * image has no nft, or no shell, the stand-by fails, and nothing has happened.
 *
 * In ipvs mode nft fails, so nftables' tables stay. Everything else is there: the iptables of upstream's image is a
 * script that looks for other programs on the PATH (kubernetes-sigs/iptables-wrappers).
 */
export const standbyTools: Record<StandbyMode, { path: string; nft: string }> = {
  nftables: {
    path: TOOLS,
    nft: `#!/bin/sh
for nft in /usr/sbin/nft /sbin/nft /usr/bin/nft /usr/local/sbin/nft; do
  [ -x "$nft" ] && exec "$nft" "$@"
done
echo "nft is not in this image" >&2
exit 127
`,
  },
  ipvs: {
    path: `${TOOLS}:${USUAL_PATH}`,
    nft: `#!/bin/sh
echo "not used by this stand-by: the rules in nftables are to stay" >&2
exit 1
`,
  },
};
