import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { keptReportSchema, storeReport } from '../../src/model/stored-report.ts';
import { rolledBack } from '../cli/fixtures.ts';
import { migratedReport } from '../fixtures/reports.ts';

/** Of one payload (bytes): https://docs.temporal.io/cloud/limits. */
const LARGEST_PAYLOAD = 2 * 1024 * 1024;

/** As it comes back out of Temporal. */
function read(kept: unknown): Report {
  return keptReportSchema.parse(JSON.parse(JSON.stringify(kept)));
}

describe('a report that a run keeps', () => {
  const report = migratedReport({ nodes: 12 });

  it('is read as it was', () => {
    expect(read(storeReport(report))).toEqual(report);
    expect(read(storeReport(rolledBack))).toEqual(read(rolledBack));
  });

  it('has nodes of which the same is said together', () => {
    const same = { ...report, nodes: report.nodes.map(({ line: _, cut: __, ...proof }) => proof) };
    expect(storeReport(same).nodes).toHaveLength(1);
    expect(read(storeReport(same)).nodes).toEqual(same.nodes);
  });

  it('keeps the nodes of waves in its plan alone', () => {
    const kept = { ...report, waves: report.waves.map((wave) => ({ ...wave, nodes: [] })) };
    expect(read(kept)).toEqual(report);
    expect(report.waves.map(({ nodes }) => nodes)).toEqual(report.plan?.kubeProxy.waves);
  });

  it('keeps the order of the nodes that have lost the most', () => {
    const traffic = trafficOf(['node-09', 'node-02', 'node-03', 'node-01']);
    const kept = storeReport({ ...report, traffic });
    expect(kept.traffic?.nodes.map(({ nodes }) => nodes)).toEqual([['node-09'], ['node-02', 'node-03'], ['node-01']]);
    expect(read(kept).traffic).toEqual(traffic);
  });

  it('was made by a version that named every node, and kept neither waves nor sources', () => {
    const { waves: _waves, sources: _sources, ...older } = rolledBack;
    expect(read(older)).toEqual({ ...read(storeReport(rolledBack)), waves: [], sources: [] });
    expect(read(older).nodes.map(({ node, mode }) => [node, mode])).toEqual([
      ['node-02', 'ipvs'],
      ['node-10', 'ipvs'],
    ]);
  });

  it('goes into one payload of Temporal, with 5,000 nodes whose names are as long as may be', () => {
    const longest = (name: string) => name.padEnd(63, 'x');
    const large = largeReport(5_000, longest);
    expect(JSON.stringify(large).length).toBeGreaterThan(LARGEST_PAYLOAD);
    expect(JSON.stringify(storeReport(large)).length).toBeLessThan(LARGEST_PAYLOAD);
    expect(read(storeReport(large)).nodes).toHaveLength(5_000);
  });
});

/** A migrated one. Lines of logs of so many nodes are not kept (`MOST_LOGS` in src/cluster/kube-proxy/observe-nodes.ts). */
function largeReport(nodes: number, rename: (name: string) => string): Report {
  const { plan, ...report } = migratedReport({ nodes, waveSize: 50 });
  if (plan === undefined) throw new Error('there is no plan');
  return {
    ...report,
    plan: {
      ...plan,
      nodes: plan.nodes.map((group) => ({ ...group, names: group.names.map(rename) })),
      kubeProxy: { ...plan.kubeProxy, waves: plan.kubeProxy.waves.map((wave) => wave.map(rename)) },
    },
    waves: report.waves.map((wave) => ({ ...wave, nodes: [] })),
    nodes: report.nodes.map(({ line: _, ...proof }) => ({ ...proof, node: rename(proof.node) })),
    felix: report.felix.map(({ line: _, ...proof }) => ({ ...proof, node: rename(proof.node) })),
  };
}

function trafficOf(nodes: string[]): NonNullable<Report['traffic']> {
  const gap = (ms: number) => ({
    path: 'held' as const,
    samples: { ok: 600 - ms / 100, failed: ms / 100, unknown: 0 },
    lost: 0,
    failedMs: ms,
    longestGapMs: ms,
    longestGapAtMostMs: ms + 100,
  });
  const gaps = [3_000, 1_000, 1_000, 0];
  return {
    probe: { image: 'proxyshift:1', paths: ['held'], everyMs: 100, timeoutMs: 1_000, baselineMs: 60_000, limits: {} },
    nodes: nodes.map((node, index) => ({ node, paths: [gap(gaps[index] ?? 0)] })),
    silent: [],
  };
}
