import { EventEmitter } from 'node:events';
import { isDeepStrictEqual } from 'node:util';

/** Connections through Services that a node has at any time. */
const CONNECTIONS = 3;

/**
 * The traces that kube-proxy leaves in a node's kernel and that Felix looks at. They outlive the process: the next kube-proxy
 * in another mode removes them, but for those of ipvs when it starts in iptables mode; and a reboot does.
 */
export class NodeKernel extends EventEmitter<{ change: [] }> {
  readonly version: string;
  /** IPVS has virtual servers. */
  virtualServers = false;
  /** TCP connections that IPVS carries. They end by themselves once new ones go another way. */
  ipvsConnections = 0;
  /** How many of them were cut, since IPVS was flushed under them. */
  cutConnections = 0;
  /** How often the node was left without the rules of any mode, after it had some. */
  outages = 0;
  /** How long a connection lasts (ms). */
  readonly #connectionMs: number;
  #draining: NodeJS.Timeout | undefined;
  /** The interface `kube-ipvs0` exists. */
  ipvsInterface = false;
  /** The table `ip kube-proxy` has chains. */
  nftablesTable = false;

  /** @param connectionMs how long a connection through a Service lasts (ms) */
  constructor(version: string, connectionMs = 0) {
    super();
    this.version = version;
    this.#connectionMs = connectionMs;
  }

  set(state: { ipvsInterface?: boolean; virtualServers?: boolean; nftablesTable?: boolean }): void {
    const { ipvsInterface = this.ipvsInterface, nftablesTable = this.nftablesTable } = state;
    const virtualServers = ipvsInterface && (state.virtualServers ?? this.virtualServers);
    const before = {
      ipvsInterface: this.ipvsInterface,
      virtualServers: this.virtualServers,
      nftablesTable: this.nftablesTable,
    };
    if (isDeepStrictEqual(before, { ipvsInterface, virtualServers, nftablesTable })) return;
    if ((before.virtualServers || before.nftablesTable) && !virtualServers && !nftablesTable) this.outages += 1;
    Object.assign(this, { ipvsInterface, virtualServers, nftablesTable });
    this.#carry(before.virtualServers);
    this.emit('change');
  }

  /** New connections meet nftables before IPVS (measured on a real node): with both there, those of IPVS only end. */
  #carry(carried: boolean): void {
    clearTimeout(this.#draining);
    if (!this.virtualServers) {
      if (carried) this.cutConnections += this.ipvsConnections;
      this.ipvsConnections = 0;
    } else if (this.nftablesTable) {
      this.#draining = setTimeout(() => {
        this.ipvsConnections = 0;
      }, this.#connectionMs).unref();
    } else this.ipvsConnections = CONNECTIONS;
  }

  /** What is left after a reboot: nothing. */
  reboot(): void {
    clearTimeout(this.#draining);
    // Not what a hand-over has lost: it is not counted.
    Object.assign(this, { ipvsInterface: false, virtualServers: false, nftablesTable: false, ipvsConnections: 0 });
    this.emit('change');
  }

  /** Whether the kernel is at least 5.13, which kube-proxy asks for in nftables mode. */
  get runsNftables(): boolean {
    return this.#isAtLeast(5, 13);
  }

  /** Whether Felix starts in eBPF mode (`SupportsBPFDataplane` in felix/bpf/bpf.go: 5.3). */
  get runsBpf(): boolean {
    return this.#isAtLeast(5, 3);
  }

  #isAtLeast(wantedMajor: number, wantedMinor: number): boolean {
    const [major = 0, minor = 0] = this.version.split('.').map((part) => Number.parseInt(part, 10));
    return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  }
}
