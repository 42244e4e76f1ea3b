import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summariseHealth, worseThan } from '../../../src/cluster/health/compare.ts';
import type { NodeHealth } from '../../../src/cluster/health/nodes.ts';
import type { PodTrouble } from '../../../src/cluster/health/pods.ts';
import type { Health } from '../../../src/cluster/health/read-health.ts';
import { type Baseline, baselineSchema, describeWorse } from '../../../src/model/health.ts';

const takenAt = '2026-11-25T12:00:00.000Z';
const node = (name: string, more: Partial<NodeHealth> = {}): NodeHealth => ({ name, createdAt: 0, ...more });
const down = (name: string, more: Partial<NodeHealth> = {}) => node(name, { trouble: 'NotReady', ...more });
const ofNode = (name: string, on: string, controller = 'DaemonSet kube-system/kube-proxy'): PodTrouble => ({
  name,
  namespace: 'kube-system',
  node: on,
  controller,
  ofNode: true,
  why: 'CrashLoopBackOff (container x)',
});
const counted = (name: string, on?: string, controller = 'Deployment kube-system/coredns'): PodTrouble => ({
  ...ofNode(name, on ?? '', controller),
  node: on,
  ofNode: false,
});
const health = (nodes: NodeHealth[], troubles: PodTrouble[] = []): Health => ({
  nodes: new Map(nodes.map((each) => [each.name, each])),
  troubles,
});
const baselineOf = (before: Health): Baseline => ({ takenAt, ...summariseHealth(before) });
const worse = (before: Health, after: Health, ignored: string[] = []) =>
  worseThan(baselineOf(before), after, new Set(ignored)).map(({ object }) => object);

const three = ['node-1', 'node-2', 'node-10'].map((name) => node(name));
const well = health(three);

describe('worse than before', () => {
  it('is a node that was Ready, by name in the order of its numbers', () => {
    expect(worse(well, health([down('node-10'), down('node-2'), node('node-1')]))).toEqual([
      'Node node-2',
      'Node node-10',
    ]);
  });

  it('is no node that was not Ready before, that has joined since, or that is known to have failed', () => {
    const joined = down('node-3', { createdAt: Date.parse(takenAt) + 1 });
    expect(
      worse(health([down('node-1'), ...three.slice(1)]), health([down('node-1'), joined, ...three.slice(1)])),
    ).toEqual([]);
    expect(worse(well, health([down('node-1'), ...three.slice(1)]), ['node-1'])).toEqual([]);
  });

  it('is a pod of a node that was well there, whatever it was called', () => {
    expect(worse(well, health(three, [ofNode('kube-proxy-b', 'node-2')]))).toEqual(['Pod kube-system/kube-proxy-b']);
    const before = health(three, [ofNode('kube-proxy-a', 'node-2')]);
    expect(worse(before, health(three, [ofNode('kube-proxy-b', 'node-2')])), 'the same place').toEqual([]);
    expect(worse(before, health(three, [ofNode('kube-proxy-b', 'node-1')])), 'another node').toHaveLength(1);
    expect(
      worse(before, health(three, [ofNode('c', 'node-2', 'DaemonSet kube-system/csi')])),
      'another one',
    ).toHaveLength(1);
  });

  it('is one more pod of a Deployment than before, and not another one', () => {
    const before = health(three, [counted('coredns-a', 'node-1')]);
    expect(worse(before, health(three, [counted('coredns-z', 'node-2')]))).toEqual([]);
    expect(worse(before, health(three, [counted('coredns-z', 'node-2'), counted('coredns-y')]))).toHaveLength(2);
  });

  it('is no pod on a node that is not Ready, is gone, or is known to have failed: the node is', () => {
    const pods = [ofNode('a', 'node-1'), counted('b', 'node-1'), ofNode('c', 'gone')];
    expect(worse(well, health([down('node-1'), ...three.slice(1)], pods))).toEqual(['Node node-1']);
    expect(worse(well, health(three, pods), ['node-1'])).toEqual([]);
  });

  it('is said in a sentence', () => {
    const found = worseThan(baselineOf(well), health([down('node-1'), ...three.slice(1)], [ofNode('a', 'node-2')]));
    expect(describeWorse({ worse: found, worseCount: 2 })).toBe('Node node-1: NotReady (and 1 more)');
    expect(describeWorse({ worse: found.slice(1), worseCount: 1 })).toBe(
      'Pod kube-system/a on node-2: CrashLoopBackOff (container x)',
    );
  });
});

describe('whatever a cluster is like', () => {
  const names = ['node-1', 'node-2', 'node-3', 'node-4'];
  const anyHealth = fc
    .record({
      nodes: fc.array(fc.record({ name: fc.constantFrom(...names), isDown: fc.boolean() }), { maxLength: 6 }),
      pods: fc.array(
        fc.record({ name: fc.string({ minLength: 1 }), on: fc.constantFrom(...names), isOfNode: fc.boolean() }),
        { maxLength: 10 },
      ),
    })
    .map(({ nodes, pods }) =>
      health(
        nodes.map(({ name, isDown }) => (isDown ? down(name) : node(name))),
        pods.map(({ name, on, isOfNode }) => (isOfNode ? ofNode(name, on) : counted(name, on))),
      ),
    );

  it('it is never worse than itself, and its baseline is read again as it was written', () => {
    fc.assert(
      fc.property(anyHealth, (same) => {
        const baseline = baselineOf(same);
        expect(worseThan(baseline, same)).toEqual([]);
        expect(baselineSchema.parse(JSON.parse(JSON.stringify(baseline)))).toEqual(baseline);
      }),
    );
  });

  it('what got better never counts', () => {
    fc.assert(
      fc.property(anyHealth, fc.array(fc.boolean()), fc.array(fc.boolean()), (before, gone, healed) => {
        const troubles = before.troubles.filter((_, index) => !gone[index]);
        const nodes = [...before.nodes.values()].map((each, index) => (healed[index] ? node(each.name) : each));
        expect(worseThan(baselineOf(before), health(nodes, troubles))).toEqual([]);
      }),
    );
  });

  it('the baseline of a healthy cluster of 5,000 nodes is short', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => node(`node-${index}`));
    expect(JSON.stringify(baselineOf(health(many))).length).toBeLessThan(200);
  });
});
