import { expect, it } from 'vitest';
import { standbyName } from '../../../src/cluster/standby/names.ts';

it('names the node, what it is for, and the mode', () => {
  expect(standbyName('serve', 'nftables', 'node-1')).toBe('kube-proxy-standby-nftables-node-1');
  expect(standbyName('clean', 'ipvs', 'node-1')).toBe('kube-proxy-cleanup-ipvs-node-1');
});

it('stays a name of a pod on nodes with the longest names, one of its own for each', () => {
  const names = ['a', 'b'].map((end) => standbyName('serve', 'nftables', `${'n'.repeat(252)}${end}`));
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,253}$/);
  expect(new Set(names).size).toBe(2);
});
