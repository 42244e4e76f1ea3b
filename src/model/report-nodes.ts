import { felixFact } from './felix-fact.ts';
import type { Report } from './report.ts';
import type { WaveRecord } from './wave-record.ts';

/** What is proven of one node, ready to be shown. */
export interface NodeEvidence {
  node: string;
  mode: Report['nodes'][number]['mode'];
  /** Whether its first full sync was seen. */
  synced: 'yes' | 'no' | 'not seen';
  /** `proxyMode + log`. */
  witnesses: string;
  /** NFTablesMode of its Felix, or that it runs eBPF. */
  felix: string | undefined;
  /** Connections that were cut, what its hand-over was otherwise, and why something is missing. */
  remark: string;
  /** The line of the log that names the mode. */
  line: string | undefined;
  felixLine: string | undefined;
}

/** The evidence of every node, by name. */
export function nodeEvidence({ nodes, felix }: Pick<Report, 'nodes' | 'felix'>): NodeEvidence[] {
  const felixOf = new Map(felix.map((proof) => [proof.node, proof]));
  return [...nodes].sort(byName).map(({ node, mode, synced, witnesses, syncFailures, cut, handover, remark, line }) => {
    const itsFelix = felixOf.get(node);
    const remarks = [
      cut ? `${cut} ${cut === 1 ? 'connection' : 'connections'} cut with IPVS` : undefined,
      syncFailures
        ? `${syncFailures} failed ${syncFailures === 1 ? 'transaction' : 'transactions'} of nftables`
        : undefined,
      handover && `handed over ${handover}`,
      remark,
    ];
    return {
      node,
      mode,
      synced: synced === undefined ? 'not seen' : synced ? 'yes' : 'no',
      witnesses: witnesses.join(' + ') || 'none',
      felix: itsFelix && (itsFelix.bpf ? felixFact(itsFelix) : itsFelix.nftablesMode),
      remark: remarks.filter(Boolean).join('; '),
      line,
      felixLine: itsFelix?.line,
    };
  });
}

/** Names of nodes as people sort them: `node-2` before `node-10`. */
export function byName(a: { node: string }, b: { node: string }): number {
  return a.node.localeCompare(b.node, 'en', { numeric: true });
}

/** The same as cells of a table. The column of Felix is left out where there is none. */
export function nodeTable(report: Pick<Report, 'nodes' | 'felix'>): { head: string[]; rows: string[][] } {
  const hasFelix = report.felix.length > 0;
  return {
    head: ['NODE', 'KUBE-PROXY', 'SYNCED', 'WITNESSES', ...(hasFelix ? ['FELIX NFTABLESMODE'] : []), 'REMARK'],
    rows: nodeEvidence(report).map(({ node, mode, synced, witnesses, felix, remark }) => [
      node,
      mode,
      synced,
      witnesses,
      ...(hasFelix ? [felix ?? '–'] : []),
      remark,
    ]),
  };
}

/** The wave that a node went with last. */
export function lastWaveOf({ waves }: Pick<Report, 'waves'>): Map<string, WaveRecord> {
  return new Map(waves.flatMap((wave) => wave.nodes.map((node) => [node, wave] as const)));
}
