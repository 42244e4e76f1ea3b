import { describe, expect, it } from 'vitest';
import { chooseCanary, planWaves, type WaveNode, waveSize } from '../../src/model/waves.ts';

const node = (name: string, more: Partial<WaveNode> = {}): WaveNode => ({
  name,
  controlPlane: false,
  ready: true,
  schedulable: true,
  ...more,
});
const names = (count: number) => Array.from({ length: count }, (_, index) => node(`node-${index + 1}`));

describe('waveSize', () => {
  it.each([
    [3, 12, 3],
    [50, 12, 12],
    ['10%', 12, 1],
    ['25%', 12, 3],
    ['10%', 5, 1],
    ['10%', 1000, 100],
    ['100%', 7, 7],
    [1, 0, 1],
  ] as const)('%s of %i nodes is %i', (maxUnavailable, nodes, expected) => {
    expect(waveSize(maxUnavailable, nodes)).toBe(expected);
  });
});

describe('chooseCanary', () => {
  it('takes a Ready, schedulable worker, in the order of numbers', () => {
    const nodes = [
      node('cp-1', { controlPlane: true }),
      node('node-10'),
      node('node-2'),
      node('node-1', { ready: false }),
    ];
    expect(chooseCanary(nodes)?.node).toBe('node-2');
  });

  it('takes the one that is named', () => {
    expect(chooseCanary(names(3), 'node-3')).toEqual({ node: 'node-3', why: 'named in clusters.yaml' });
  });

  it('takes a control-plane node where there is nothing else', () => {
    expect(chooseCanary([node('cp-1', { controlPlane: true })])?.node).toBe('cp-1');
  });

  it('has none where there are no nodes', () => {
    expect(chooseCanary([])).toBeUndefined();
  });
});

describe('planWaves', () => {
  it('takes the canary alone, then workers in waves, then control-plane nodes one at a time', () => {
    const nodes = [...names(5), node('cp-1', { controlPlane: true }), node('cp-2', { controlPlane: true })];
    expect(planWaves(nodes, { node: 'node-1', why: '' }, 2)).toEqual([
      ['node-1'],
      ['node-2', 'node-3'],
      ['node-4', 'node-5'],
      ['cp-1'],
      ['cp-2'],
    ]);
  });

  it('takes every node exactly once', () => {
    const nodes = names(1000);
    const waves = planWaves(nodes, chooseCanary(nodes), 37);
    expect(waves.flat().sort()).toEqual(nodes.map(({ name }) => name).sort());
    expect(Math.max(...waves.map((wave) => wave.length))).toBe(37);
  });
});
