import { describe, expect, it } from 'vitest';
import { requestsOf, shortOf } from '../../../src/cluster/standby/room.ts';

const container = (requests: Record<string, string>, more: object = {}) => ({ resources: { requests }, ...more });

describe('what a pod asks of its node', () => {
  it.each([
    ['nothing', { containers: [{ name: 'a' }] }, { cpu: 0, memory: 0 }],
    [
      'the sum of its containers',
      { containers: [container({ cpu: '100m', memory: '1Ki' }), container({ cpu: '1' })] },
      { cpu: 1_100, memory: 1_024_000 },
    ],
    [
      'its largest init container, where that is more',
      { containers: [container({ cpu: '100m' })], initContainers: [container({ cpu: '2' }), container({ cpu: '3' })] },
      { cpu: 3_000 },
    ],
    [
      'side-cars beside both',
      {
        containers: [container({ cpu: '100m' })],
        initContainers: [container({ cpu: '50m' }, { restartPolicy: 'Always' }), container({ cpu: '200m' })],
      },
      { cpu: 250 },
    ],
    ['its overhead', { containers: [container({ memory: '1k' })], overhead: { memory: '2k' } }, { memory: 3_000_000 }],
    [
      'what the whole pod says, in place of its containers',
      { containers: [container({ cpu: '100m' })], resources: { requests: { cpu: '1' } } },
      { cpu: 1_000 },
    ],
  ])('is %s', (_, spec, expected) => {
    expect(requestsOf(spec)).toMatchObject({ ...expected, pods: 1_000 });
  });
});

describe('room on a node', () => {
  const needed = { cpu: 100, memory: 0, 'ephemeral-storage': 0, pods: 1_000 };
  const taken = (cpu: number, pods: number) => ({ cpu, memory: 5_000, 'ephemeral-storage': 0, pods });
  const node = { allocatable: { cpu: '1', memory: '1', pods: '10' } };

  it('is there up to the last thousandth of a core', () => {
    expect(shortOf(node, taken(900, 9_000), needed)).toEqual([]);
    expect(shortOf(node, taken(901, 9_000), needed)).toEqual(['cpu']);
  });

  it('is not there where one pod more is too many', () => {
    expect(shortOf(node, taken(950, 10_000), needed)).toEqual(['cpu', 'pods']);
  });

  it('is not judged by what the pod does not ask for, nor by what the node does not tell', () => {
    expect(shortOf({ allocatable: {} }, taken(5_000, 50_000), needed)).toEqual([]);
    expect(shortOf(node, undefined, needed)).toEqual([]);
  });
});
