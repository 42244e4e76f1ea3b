import { expect, it } from 'vitest';
import { gapBins } from '../../src/report/gap-bins.ts';
import { trafficOf } from '../fixtures/traffic.ts';

it('each node is in one bin of each time, by the worst of its paths', () => {
  const traffic = trafficOf({
    nodes: ['node-1', 'node-2', 'node-3', 'node-4'],
    paths: ['cluster-ip', 'dns'],
    odd: [
      { node: 'node-1', path: 'cluster-ip', failed: 2, failedBefore: 1 },
      { node: 'node-1', path: 'dns', failed: 7 },
      { node: 'node-2', path: 'dns', failed: 2 },
      { node: 'node-3', path: 'cluster-ip', unknown: 15_600 },
      { node: 'node-3', path: 'dns', unknown: 15_600 },
    ],
  });
  expect(gapBins(traffic)).toEqual([
    { name: 'none seen', during: 1, before: 3 },
    { name: 'up to 100 ms', during: 0, before: 1 },
    { name: 'up to 200 ms', during: 1, before: 0 },
    { name: 'up to 500 ms', during: 0, before: 0 },
    { name: 'up to 1 s', during: 1, before: 0 },
    { name: 'not known', during: 1, before: 0 },
  ]);
});

it('where nothing was lost there is one', () => {
  expect(gapBins(trafficOf({ nodes: ['node-1', 'node-2'] }))).toEqual([{ name: 'none seen', during: 2, before: 2 }]);
});
