import type { FelixProof } from './node-proof.ts';

/** What a node's Felix runs, as a summary says it. */
export function felixFact({ nftablesMode, bpf }: Pick<FelixProof, 'nftablesMode' | 'bpf'>): string {
  return bpf ? 'eBPF mode' : `NFTablesMode ${nftablesMode}`;
}
