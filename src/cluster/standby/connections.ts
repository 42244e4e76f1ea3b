import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../model/failure.ts';
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

/** Pause before a log that ended, or that could not be read, is asked for again (ms). */
const AGAIN_MS = 1_000;

export interface AwaitIpvsOptions {
  enough: (state: IpvsState) => boolean;
  signal: AbortSignal;
  /** Whether there is any sense in going on; asked whenever the log has ended. */
  goesOn: () => boolean;
  onState?: (state: IpvsState) => void;
}

/**
 * Waits until IPVS is as `enough` says, by what the container prints from now on: what it has printed before may be of the time
 * before the stand-by was in step. A log that breaks off, or cannot be read, is asked for again.
 *
 * @returns the last that was seen: not enough where `signal` aborted before, or where it does not go on; undefined where nothing
 * was
 */
export async function awaitIpvsState(
  cluster: Cluster,
  pod: Omit<PodContainer, 'container'>,
  { enough, signal, goesOn, onState }: AwaitIpvsOptions,
): Promise<IpvsState | undefined> {
  let last: IpvsState | undefined;
  const container = { ...pod, container: CONNECTIONS_CONTAINER };
  while (!signal.aborted && goesOn()) {
    try {
      for await (const text of followLog(cluster, container, { tailLines: 0, signal })) {
        const state = parseIpvsState(text);
        if (state === undefined) continue;
        last = state;
        onState?.(state);
        if (enough(state)) return last;
      }
    } catch (error) {
      cluster.signal?.throwIfAborted();
      // Nobody counts at the moment: that is what is told in the end, where it stays so.
      if (!(error instanceof Failure)) throw error;
    }
    // Nothing says when a log can be opened again. An abort ends the loop, with what was seen last.
    if (!signal.aborted) await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
  return last;
}
