import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { timelineRows } from '../../src/report/timeline-rows.ts';
import { migratedReport } from '../fixtures/reports.ts';

describe('rows of the timeline', () => {
  it('are what the run did, what it waited for, then its nodes by name', () => {
    const { rows, grouping } = timelineRows(migratedReport({ nodes: 12 }), 0);
    expect(grouping).toBe('nodes');
    const names = rows.map(({ name }) => name);
    expect(names.slice(0, 7)).toEqual(['preflight', 'snapshot', 'calico', 'kube-proxy', 'verify', 'soak', 'approval']);
    expect(names.slice(7)).toEqual(['paused', 'cp-1', ...Array.from({ length: 11 }, (_, index) => nameOf(index))]);
    expect(rows.find(({ name }) => name === 'node-01')?.bars).toEqual([expect.objectContaining({ kind: 'done' })]);
    const approvals = rows.find(({ name }) => name === 'approval')?.bars ?? [];
    expect(approvals.map(({ from, to }) => (to - from) / 1_000)).toEqual([7_380, 540]);
    expect(rows.find(({ name }) => name === 'paused')?.bars.map(({ from, to }) => (to - from) / 1_000)).toEqual([360]);
  });

  it('are waves where there are many nodes, and several waves a row where there are many of these', () => {
    const waves = timelineRows(migratedReport({ nodes: 101, waveSize: 25 }), 0);
    expect(waves.grouping).toBe('waves');
    expect(waves.rows.map(({ name }) => name).slice(-5)).toEqual([
      'canary: 1 node',
      'wave 2: 25 nodes',
      'wave 3: 25 nodes',
      'wave 4: 25 nodes',
      'wave 5: 25 nodes',
    ]);
    const many = timelineRows(migratedReport({ nodes: 1_000, waveSize: 1 }), 0);
    expect(many.grouping).toBe('several waves');
    expect(many.rows.length).toBeLessThan(70);
    expect(many.rows.at(-1)?.name).toMatch(/^waves \d+–1000: \d+ nodes$/);
  });

  it('tell the node that failed from the others of its wave, and the way there from the way back', () => {
    const report = migratedReport({ nodes: 4 });
    const [canary, second] = report.waves;
    if (canary === undefined || second === undefined) throw new Error('too few waves');
    const { wave: _wave, canary: _canary, ...back } = canary;
    const waves: Report['waves'] = [
      canary,
      { ...second, result: 'failed', failed: ['node-03'] },
      { ...back, back: true },
    ];
    const { rows } = timelineRows({ ...report, waves }, 0);
    const kinds = (node: string) => rows.find(({ name }) => name === node)?.bars.map(({ kind }) => kind);
    expect([kinds('node-03'), kinds('node-04'), kinds('node-01')]).toEqual([['failed'], ['done'], ['done', 'back']]);
  });

  it('are phases alone for a report of a run before waves were recorded', () => {
    const { rows } = timelineRows({ ...migratedReport({ nodes: 4 }), waves: [] }, 0);
    expect(rows.map(({ name }) => name)).toContain('kube-proxy');
    expect(rows.map(({ name }) => name)).not.toContain('node-01');
  });
});

function nameOf(index: number): string {
  return `node-${String(index === 0 ? 1 : index + 2).padStart(2, '0')}`;
}
