import { z } from 'zod';
import { felixProofSchema, proxyProofSchema } from './node-proof.ts';
import { nodeTrafficSchema, trafficSchema } from './probe-report.ts';
import {
  felixGroupSchema,
  groupFelix,
  groupProofs,
  proofGroupSchema,
  ungroupFelix,
  ungroupProofs,
} from './proof-groups.ts';
import { type Report, reportSchema } from './report.ts';

/** Nodes that lost the same, with what that was. */
const trafficGroupSchema = nodeTrafficSchema.omit({ node: true }).extend({ nodes: z.array(z.string()).min(1) });
export type TrafficGroup = z.infer<typeof trafficGroupSchema>;

/**
 * A report as its workflow returns it: nodes of which the same is to be said are together. One by one, those of 5,000 nodes are
 * more than one payload of Temporal may have (2 MiB, https://docs.temporal.io/cloud/limits).
 */
export const storedReportSchema = reportSchema.extend({
  nodes: z.array(z.union([proofGroupSchema, proxyProofSchema])),
  felix: z.array(z.union([felixGroupSchema, felixProofSchema])),
  traffic: trafficSchema.extend({ nodes: z.array(trafficGroupSchema) }).optional(),
});
export type StoredReport = z.infer<typeof storedReportSchema>;

/** A report as it is to be kept. The order of its nodes is lost. */
export function storeReport({ traffic, ...report }: Report): StoredReport {
  return {
    ...report,
    nodes: groupProofs(report.nodes),
    felix: groupFelix(report.felix),
    ...(traffic ? { traffic: { ...traffic, nodes: groupTraffic(traffic.nodes) } } : {}),
  };
}

/**
 * Makes of what a run has kept the report that is read: node by node, and with the nodes of waves, which a run keeps in its plan
 * alone. Takes what older versions have kept, which named every node.
 */
export const keptReportSchema = storedReportSchema.transform(spreadOut);

function spreadOut({ traffic, ...report }: StoredReport): Report {
  return {
    ...report,
    waves: withNodes(report),
    nodes: byName(report.nodes.flatMap((said) => ('pods' in said ? ungroupProofs([said]) : [said]))),
    felix: byName(report.felix.flatMap((said) => ('pods' in said ? ungroupFelix([said]) : [said]))),
    ...(traffic ? { traffic: { ...traffic, nodes: ungroupTraffic(traffic.nodes) } } : {}),
  };
}

function withNodes({ plan, waves }: Pick<Report, 'plan' | 'waves'>): Report['waves'] {
  const planned = plan?.kubeProxy.waves ?? [];
  return waves.map((record) =>
    record.wave === undefined || record.nodes.length > 0
      ? record
      : { ...record, nodes: planned[record.wave - 1] ?? [] },
  );
}

type Traffic = NonNullable<Report['traffic']>;

/** Nodes that follow each other, so that the order stays. */
function groupTraffic(nodes: Traffic['nodes']): TrafficGroup[] {
  const groups: TrafficGroup[] = [];
  let last = '';
  for (const { node, paths } of nodes) {
    const said = JSON.stringify(paths);
    if (said === last) groups.at(-1)?.nodes.push(node);
    else groups.push({ nodes: [node], paths });
    last = said;
  }
  return groups;
}

function ungroupTraffic(groups: readonly TrafficGroup[]): Traffic['nodes'] {
  return groups.flatMap(({ nodes, paths }) => nodes.map((node) => ({ node, paths })));
}

/** By code points, so that it is the same everywhere. */
function byName<T extends { node: string }>(nodes: T[]): T[] {
  return nodes.sort((one, other) => (one.node < other.node ? -1 : 1));
}
