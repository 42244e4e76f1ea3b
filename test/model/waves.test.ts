import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCanary, planWaves, type WaveNode, waveSize } from '../../src/model/waves.ts';

const node = (name: string, more: Partial<WaveNode> = {}): WaveNode => ({
  name,
  controlPlane: false,
  ready: true,
  schedulable: true,
  zone: '',
  criticalPods: 0,
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

  it('takes the worker that fewest critical pods would miss, and says so', () => {
    const nodes = [
      node('node-1', { criticalPods: 2 }),
      node('node-2', { criticalPods: 1 }),
      node('node-3', { criticalPods: 1 }),
    ];
    expect(chooseCanary(nodes)).toEqual({
      node: 'node-2',
      why: 'Ready, schedulable worker with 1 critical pod, no worker has fewer',
    });
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
    expect(planWaves(nodes, { canary: { node: 'node-1', why: '' }, size: 2, growth: 'none' })).toEqual([
      ['node-1'],
      ['node-2', 'node-3'],
      ['node-4', 'node-5'],
      ['cp-1'],
      ['cp-2'],
    ]);
  });

  it('takes every node exactly once', () => {
    const nodes = names(1000);
    const waves = planWaves(nodes, { canary: chooseCanary(nodes), size: 37, growth: 'double' });
    expect(waves.flat().sort()).toEqual(nodes.map(({ name }) => name).sort());
    expect(Math.max(...waves.map((wave) => wave.length))).toBe(37);
  });

  it('grows from the canary on, up to the limit', () => {
    const nodes = names(40);
    const sizes = (growth: 'double' | 'none', canary = chooseCanary(nodes)) =>
      planWaves(nodes, { canary, size: 10, growth }).map((wave) => wave.length);
    expect(sizes('double')).toEqual([1, 2, 4, 8, 10, 10, 5]);
    expect(sizes('none')).toEqual([1, 10, 10, 10, 9]);
    expect(planWaves(nodes, { canary: undefined, size: 10, growth: 'double' }).map(({ length }) => length)).toEqual([
      1, 2, 4, 8, 10, 10, 5,
    ]);
  });

  it('takes of each zone no more than its share, in every wave', () => {
    const zoned = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(zoned, fc.integer({ min: 1, max: 12 }), (zones, size) => {
        const nodes = zones.map((zone, index) => node(`node-${index}`, { zone }));
        const zoneOf = new Map(nodes.map(({ name, zone }) => [name, zone]));
        for (const wave of planWaves(nodes, { canary: undefined, size, growth: 'none' })) {
          for (const zone of new Set(zones)) {
            const share = (zones.filter((other) => other === zone).length / zones.length) * wave.length;
            const taken = wave.filter((name) => zoneOf.get(name) === zone).length;
            expect(taken).toBeLessThanOrEqual(Math.ceil(share) + 1);
          }
        }
      }),
    );
  });
});
