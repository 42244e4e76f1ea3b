import { describe, expect, test } from 'vitest';
import { parseDaemonSet } from '../../src/cluster/daemon-sets.ts';
import { findKured } from '../../src/cluster/kured.ts';
import { daemonSet } from '../checks/support/facts.ts';
import { kured } from '../fixtures/objects/kured.ts';

const found = (lock?: string) => findKured([daemonSet({ name: 'kube-proxy' }), parseDaemonSet(kured(lock))]);

describe('findKured', () => {
  test.each([
    ['nobody holds its lock', undefined, []],
    [
      'a node holds it',
      '{"nodeID":"worker-1","metadata":{"unschedulable":false},"created":"2026-11-20T08:00:11Z","TTL":0}',
      ['worker-1'],
    ],
    ['two nodes hold it', '{"maxOwners":2,"locks":[{"nodeID":"a","TTL":0},{"nodeID":"b","TTL":0}]}', ['a', 'b']],
    ['nobody of two', '{"maxOwners":2,"locks":[]}', []],
    ['a person paused it', '{"nodeID":"manual"}', ['manual']],
  ])('%s', (_, lock, holders) => {
    expect(found(lock)).toEqual({ daemonSet: 'kube-system/kured', holders });
  });

  test('it is not there', () => {
    expect(findKured([daemonSet({ name: 'kube-proxy' })])).toBeUndefined();
  });

  test('a lock that cannot be read is not taken for a free one', () => {
    expect(() => found('{"nodeID":')).toThrow();
    expect(() => found('{"node":"worker-1"}')).toThrow();
  });
});
