import type { NodeKernel } from './kernel.ts';

/** A time in which nothing goes through Services from a node (ms since the epoch). */
interface Outage {
  from: number;
  until: number;
}

/**
 * Whether packets from a node to Services arrive: while its kernel has rules of kube-proxy. When IPVS is flushed, new connections
 * fail and those that IPVS carried are lost, until the other mode has programmed its rules (measured on real nodes,
 * docs/make-before-break.md).
 */
export class NodeTraffic {
  readonly #kernel: NodeKernel;
  /** Something carries Services that leaves no trace in the simulated kernel: Felix in eBPF mode, or rules of iptables. */
  readonly #otherwise: () => boolean;
  readonly #outages: Outage[] = [];
  #blocked = false;

  constructor(kernel: NodeKernel, otherwise: () => boolean) {
    this.#kernel = kernel;
    this.#otherwise = otherwise;
    kernel.on('change', () => this.look());
  }

  /** Looks whether packets arrive now. Called at each change of what carries them. */
  look(): void {
    const { virtualServers, nftablesTable } = this.#kernel;
    const flows = !this.#blocked && (virtualServers || nftablesTable || this.#otherwise());
    const last = this.#outages.at(-1);
    const isOut = last?.until === Number.POSITIVE_INFINITY;
    if (flows && isOut) last.until = Date.now();
    if (!flows && !isOut) this.#outages.push({ from: Date.now(), until: Number.POSITIVE_INFINITY });
  }

  /** From now on nothing arrives for so long (ms), whatever rules there are. */
  block(ms: number): void {
    this.#blocked = true;
    this.look();
    setTimeout(() => {
      this.#blocked = false;
      this.look();
    }, ms).unref();
  }

  /** Whether something that was sent at this time arrived (ms since the epoch). */
  arrived(at: number): boolean {
    return !this.#outages.some(({ from, until }) => from <= at && at < until);
  }

  /** Whether connections that were open were lost after `after`, and by `by` (ms since the epoch). */
  cut(after: number, by: number): boolean {
    return this.#outages.some(({ from }) => after < from && from <= by);
  }
}
