import { EventEmitter } from 'node:events';

/**
 * The traces that kube-proxy leaves in a node's kernel and that Felix looks at. They outlive the process: the next kube-proxy
 * in another mode removes them, but for those of ipvs when it starts in iptables mode; and a reboot does.
 */
export class NodeKernel extends EventEmitter<{ change: [] }> {
  readonly version: string;
  /** The interface `kube-ipvs0` exists. */
  ipvsInterface = false;
  /** The table `ip kube-proxy` has chains. */
  nftablesTable = false;

  constructor(version: string) {
    super();
    this.version = version;
  }

  set(state: { ipvsInterface?: boolean; nftablesTable?: boolean }): void {
    const { ipvsInterface = this.ipvsInterface, nftablesTable = this.nftablesTable } = state;
    if (ipvsInterface === this.ipvsInterface && nftablesTable === this.nftablesTable) return;
    this.ipvsInterface = ipvsInterface;
    this.nftablesTable = nftablesTable;
    this.emit('change');
  }

  /** What is left after a reboot: nothing. */
  reboot(): void {
    this.set({ ipvsInterface: false, nftablesTable: false });
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
