import type { Cluster } from '../connect.ts';
import { followLog, type PodContainer } from '../pod-logs.ts';

/** The container of a stand-by that counts what IPVS carries. */
export const CONNECTIONS_CONTAINER = 'ipvs-connections';

/** Between two looks of that container (s). */
const PAUSE_S = 2;

/**
 * Prints what IPVS has on the node, again and again. `/proc/net` is readable for everybody in the node's network namespace, so
 * this container has no privilege at all. TCP connections in TIME_WAIT and CLOSE are over, and entries in NONE and ASSURED
 * are no connections but templates of sessionAffinity (net/netfilter/ipvs/ip_vs_conn.c).
 */
export const connectionsScript = `trap 'exit 0' TERM
while :; do
  tcp=0 udp=0 servers=0 interface=no
  if [ -r /proc/net/ip_vs_conn ]; then
    tcp=$(grep '^TCP' /proc/net/ip_vs_conn | grep -cvE ' (TIME_WAIT|CLOSE|LISTEN|NONE|ASSURED) ')
    udp=$(grep -c '^UDP' /proc/net/ip_vs_conn)
    servers=$(grep -cE '^(TCP|UDP|SCTP) ' /proc/net/ip_vs)
  fi
  while read -r line; do
    case "$line" in kube-ipvs0:*) interface=yes ;; esac
  done < /proc/net/dev
  echo "tcp=$tcp udp=$udp servers=$servers interface=$interface"
  sleep ${PAUSE_S}
done
`;

/** What IPVS has on a node. */
export interface IpvsState {
  /** Open TCP connections that it carries. */
  tcp: number;
  /** UDP flows that it remembers: kept for minutes after the last packet, so a number of them says little. */
  udp: number;
  /** Virtual servers. */
  servers: number;
  /** Whether `kube-ipvs0` is there. */
  interface: boolean;
}

const line = /^tcp=(\d+) udp=(\d+) servers=(\d+) interface=(yes|no)$/;

/** @returns undefined for a line that says something else */
export function parseIpvsState(text: string): IpvsState | undefined {
  const [, tcp, udp, servers, present] = line.exec(text.trim()) ?? [];
  if (present === undefined) return undefined;
  return { tcp: Number(tcp), udp: Number(udp), servers: Number(servers), interface: present === 'yes' };
}

/**
 * Waits until IPVS is as `enough` says, by what the container prints from now on: what it has printed before may be of the time
 * before the stand-by was in step.
 * @returns the last that was seen: not enough where `signal` aborted before; undefined where nothing could be read
 * @throws Failure as `followLog`
 */
export async function awaitIpvsState(
  cluster: Cluster,
  pod: Omit<PodContainer, 'container'>,
  {
    enough,
    signal,
    onState,
  }: { enough: (state: IpvsState) => boolean; signal: AbortSignal; onState?: (state: IpvsState) => void },
): Promise<IpvsState | undefined> {
  let last: IpvsState | undefined;
  const container = { ...pod, container: CONNECTIONS_CONTAINER };
  for await (const text of followLog(cluster, container, { tailLines: 0, signal })) {
    const state = parseIpvsState(text);
    if (state === undefined) continue;
    last = state;
    onState?.(state);
    if (enough(state)) break;
  }
  return last;
}
