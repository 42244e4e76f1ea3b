import type { FelixProof } from './node-proof.ts';

/** What the line of a Felix in eBPF mode begins with (felix/dataplane/linux/int_dataplane.go). */
const EBPF = 'BPF enabled, starting BPF endpoint manager';

/** What a node's Felix runs, as a summary says it. */
export function felixFact({ nftablesMode, line }: FelixProof): string {
  return line?.includes(EBPF) ? 'eBPF mode' : `NFTablesMode ${nftablesMode}`;
}
