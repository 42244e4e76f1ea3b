import { expect, test } from 'vitest';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { said } from '../support/results.ts';

const code = 'PXS031';

test('Windows and virtual nodes are named as left alone', async () => {
  const nodes = [
    nodeObject('linux-1'),
    nodeObject('win-1', { operatingSystem: 'windows', osImage: 'Windows Server 2022 Datacenter' }),
    nodeObject('fargate-ip-10-0-1-7', { labels: { 'eks.amazonaws.com/compute-type': 'fargate' } }),
    nodeObject('virtual-win', { operatingSystem: 'windows', labels: { type: 'virtual-kubelet' } }),
  ];
  const result = await resultOf(code, await exportedFacts({ replace: { nodes } }));
  expect(said(result)).toEqual([
    'note: Left alone, since kube-proxy on Windows has no nftables mode: 1 node (win-1)',
    'note: Left alone, since kube-proxy does not run behind a virtual node: 2 nodes (fargate-ip-10-0-1-7, virtual-win)',
  ]);
  expect(result.findings.map(({ objects }) => objects)).toEqual([
    ['Node win-1'],
    ['Node fargate-ip-10-0-1-7', 'Node virtual-win'],
  ]);
});

test('a cluster of Linux machines is fine', async () => {
  expect(await resultOf(code, await exportedFacts())).toMatchObject({
    verdict: 'ok',
    saw: '3 nodes, 0 of Windows, 0 virtual',
  });
});

test('without nodes it is not known', async () => {
  expect((await resultOf(code, await exportedFacts({ without: ['nodes'] }))).verdict).toBe('unknown');
});
