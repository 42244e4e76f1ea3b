import { expect, it } from 'vitest';
import { longestGapOf, pathsOnNodes } from '../../src/model/traffic-paths.ts';
import { trafficTable } from '../../src/model/traffic-table.ts';
import { trafficOf } from '../fixtures/traffic.ts';

const nodes = Array.from({ length: 20 }, (_, index) => `node-${index}`);
const traffic = trafficOf({
  nodes,
  odd: [
    { node: 'node-3', path: 'dns', failed: 2 },
    { node: 'node-7', path: 'held', failed: 12, lost: 1, failedBefore: 1, error: 'reset' },
    { node: 'node-9', path: 'cluster-ip', unknown: 4 },
    { node: 'node-8', path: 'cluster-ip', unknown: 15_600 },
  ],
});

it('the worst path of any node comes first, and of the many that are well it is said how many there are', () => {
  const { head, rows, more } = trafficTable(traffic);
  expect(rows.every((row) => row.length === head.length)).toBe(true);
  expect(rows.slice(0, 4).map((row) => row.join(' | '))).toEqual([
    'node-7 | held | 1.2 s | 2.3 s | 1.2 s | 1 | 15,588 / 12 / 0 | 100 ms | 23:55:03 reset',
    'node-3 | dns | 200 ms | 300 ms | 200 ms | – | 15,598 / 2 / 0 | none seen | 23:55:03 connection refused',
    'node-8 | cluster-ip | not known | – | – | – | 0 / 0 / 15,600 | none seen | ',
    'node-9 | cluster-ip | none seen | 500 ms | – | – | 15,596 / 0 / 4 | none seen | ',
  ]);
  expect(rows).toHaveLength(40);
  expect(more).toBe('20 more paths: no attempt failed; all are in the JSON');
});

it('the longest of all is named with node and path, and is none where none was seen', () => {
  expect(longestGapOf(traffic)).toEqual({ node: 'node-7', path: 'held', ms: 1_200 });
  expect(longestGapOf(trafficOf({ nodes }))).toBeUndefined();
});

it('a node that told nothing of a path is not among those on which it was measured', () => {
  expect(
    pathsOnNodes(traffic).map(({ path, nodes: on, longestGapAtMostMs }) => [path, on, longestGapAtMostMs]),
  ).toEqual([
    ['cluster-ip', 19, 500],
    ['held', 20, 2_300],
    ['dns', 20, 300],
  ]);
});
