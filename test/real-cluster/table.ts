import { table } from '../../src/cli/render/table.ts';
import { medianAndWorst, type PathResult } from './judge.ts';
import type { Switch } from './measure.ts';

const HEAD = [
  'HAND-OVER',
  'DIRECTION',
  'PATH',
  'SWITCHES',
  'FAILED',
  'UNKNOWN',
  'LONGEST GAP, s (median / worst)',
  'BASELINE GAP, s',
  'BROKEN',
];

/** A line for each hand-over, direction and path; a switch is one node in one run. */
export function resultTable(switches: readonly Switch[]): string[] {
  const groups = Map.groupBy(switches, ({ handover, direction }) => `${handover} ${direction}`);
  const rows = [...groups.values()].flatMap((same) => {
    const [first] = same;
    const paths = [...new Set(same.flatMap(({ during }) => during.map(({ path }) => path)))].sort();
    return paths.map((path) => {
      const of = (results: PathResult[]) => results.filter((result) => result.path === path);
      const during = same.flatMap((one) => of(one.during));
      const baseline = same.flatMap((one) => of(one.baseline));
      const gap = medianAndWorst(during.map(({ longestGapMs }) => longestGapMs));
      const without = medianAndWorst(baseline.map(({ longestGapMs }) => longestGapMs));
      return [
        first?.handover ?? '',
        first?.direction ?? '',
        path,
        String(during.length),
        `${sum(during, 'failed')} of ${sum(during, 'attempts')}`,
        `${sum(during, 'unknown')}`,
        `${seconds(gap.median)} / ${seconds(gap.worst)}`,
        `${seconds(without.median)} / ${seconds(without.worst)}`,
        path.endsWith(' held') ? `${sum(during, 'broken')}` : '-',
      ];
    });
  });
  return table(HEAD, rows);
}

/**
 * What must not happen with a stand-by: a new connection that fails (beyond what fails without a switch), or a held one that
 * breaks on a node where nothing was left to cut.
 */
export function lost(switches: readonly Switch[]): string[] {
  return switches
    .filter(({ handover }) => handover === 'make-before-break')
    .flatMap(({ direction, during, baseline, cut }) =>
      during.flatMap(({ node, path, failed, broken, errors }) => {
        const before = baseline.find((one) => one.node === node && one.path === path)?.failed ?? 0;
        const what = `${direction} on ${node}, ${path}`;
        if (path.endsWith(' held')) return broken > 0 && (cut[node] ?? 0) === 0 ? [`${what}: ${broken} broken`] : [];
        return failed > before ? [`${what}: ${failed} failed ${JSON.stringify(errors)}`] : [];
      }),
    );
}

function sum(results: readonly PathResult[], field: 'attempts' | 'failed' | 'unknown' | 'broken'): number {
  return results.reduce((total, result) => total + result[field], 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}
