import type { ProxyMode } from '../../model/mode.ts';
import { sha256 } from '../hash.ts';

/** The mark of every pod of this folder. Not kube-proxy's own, or its DaemonSet would take the pod for one of its pods. */
export const STANDBY_APP = 'kube-proxy-standby';
export const standbySelector = `k8s-app=${STANDBY_APP}`;

/** Whether a pod is one of them. */
export function isStandby({ labels }: { labels: Readonly<Record<string, string>> }): boolean {
  return labels['k8s-app'] === STANDBY_APP;
}

/**
 * `serve`: keeps rules in step. `clean`: takes away what a stand-by has left, and ends. `mark`: the same, made before the
 * stand-by goes, so that whoever comes after a crash sees that there is something to take away.
 */
export type StandbyPurpose = 'serve' | 'mark' | 'clean';

const titles: Record<StandbyPurpose, string> = { serve: 'standby', mark: 'cleanup-first', clean: 'cleanup' };

/** Modes that a node can be handed over between. */
export type StandbyMode = Exclude<ProxyMode, 'iptables'>;

/** The longest name of a pod (RFC 1123 subdomain). */
const LONGEST_NAME = 253;

/** Name of the one pod of this kind that a node may have, so that nobody makes a second one. */
export function standbyName(purpose: StandbyPurpose, mode: StandbyMode, node: string): string {
  const name = `kube-proxy-${titles[purpose]}-${mode}-${node}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = sha256(name).slice(0, 8);
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

export function isStandbyMode(mode: string): mode is StandbyMode {
  return mode === 'ipvs' || mode === 'nftables';
}
