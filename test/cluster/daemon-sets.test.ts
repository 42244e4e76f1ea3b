import { describe, expect, it } from 'vitest';
import { daemonSetTrouble, podSelector } from '../../src/cluster/daemon-sets.ts';
import { daemonSet, proxyDaemonSet } from '../checks/support/facts.ts';

describe('daemonSetTrouble', () => {
  it('has nothing to say where every pod is current and ready', () => {
    expect(daemonSetTrouble(proxyDaemonSet())).toBeUndefined();
  });

  it.each([
    [
      'a change that its controller has not seen',
      { generation: 3, status: { observedGeneration: 2 } },
      /^a change of it has not been rolled out yet$/,
    ],
    [
      'a selector that fits no node',
      { status: { desiredNumberScheduled: 0, updatedNumberScheduled: 0, numberReady: 0 } },
      /^it wants no pods$/,
    ],
    [
      'a roll-out that stands still, though every pod is ready',
      { status: { updatedNumberScheduled: 1 } },
      /^3 of 4 pods are not of its current template: a roll-out is under way or was never finished$/,
    ],
    ['a pod that is not ready', { status: { numberReady: 3 } }, /^1 of 4 pods are not ready$/],
    [
      'a status that nobody has written yet',
      { status: { observedGeneration: 0, desiredNumberScheduled: 0 } },
      /has not been rolled out yet$/,
    ],
  ])('would let a run start on %s', (_, options, why) => {
    expect(daemonSetTrouble(proxyDaemonSet(options))).toMatch(why);
  });

  it('takes a number left from a larger cluster for no trouble', () => {
    expect(daemonSetTrouble(proxyDaemonSet({ status: { updatedNumberScheduled: 5, numberReady: 5 } }))).toBeUndefined();
  });
});

describe('podSelector', () => {
  it('selects by every label, as the API writes them', () => {
    const set = daemonSet({ name: 'kube-proxy' });
    set.spec.selector.matchLabels = { component: 'kube-proxy', tier: 'node' };
    expect(podSelector(set)).toBe('component=kube-proxy,tier=node');
  });
});
