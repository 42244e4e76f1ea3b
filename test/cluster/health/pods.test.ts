import { describe, expect, it } from 'vitest';
import { parsePodTrouble } from '../../../src/cluster/health/pods.ts';

const now = Date.parse('2026-11-25T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const since = now - 30 * 60_000;

interface PodOptions {
  metadata?: Record<string, unknown>;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  owner?: { kind: string; name: string };
}

function pod({ metadata, spec, status, owner = { kind: 'DaemonSet', name: 'kube-proxy' } }: PodOptions = {}) {
  return {
    metadata: {
      name: 'kube-proxy-x7x2p',
      namespace: 'kube-system',
      creationTimestamp: minutesAgo(600),
      ownerReferences: [{ ...owner, controller: true }],
      ...metadata,
    },
    spec: { nodeName: 'node-07', ...spec },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...status },
  };
}

const notReady = { conditions: [{ type: 'Ready', status: 'False', message: 'containers with unready status: [x]' }] };
/** A container that runs now, and whose last instance began and ended so many minutes ago. */
const restarted = (restartCount: number, began: number, ended: number) => ({
  containerStatuses: [
    {
      name: 'x',
      restartCount,
      state: { running: {} },
      lastState: { terminated: { exitCode: 2, startedAt: minutesAgo(began), finishedAt: minutesAgo(ended) } },
    },
  ],
});
const why = (options: PodOptions) => parsePodTrouble(pod(options), now, since)?.why;

describe('a pod that is well', () => {
  it.each<[string, PodOptions]>([
    ['Ready', {}],
    ['done', { status: { ...notReady, phase: 'Succeeded' } }],
    ['failed, so its controller makes another one', { status: { ...notReady, phase: 'Failed' } }],
    ['of a Job', { status: notReady, owner: { kind: 'Job', name: 'backup-29384' } }],
    ['restarted once', { status: restarted(1, 20, 5) }],
    ['crashed before the run, in a pod that is older', { status: restarted(7, 40, 5) }],
    ['crashed, and has been running since', { status: restarted(7, 25, 11) }],
  ])('%s', (_, options) => {
    expect(parsePodTrouble(pod(options), now, since)).toBeUndefined();
  });
});

describe('a pod that is not', () => {
  it('says why, as the kubelet or the scheduler does', () => {
    const waiting = { containerStatuses: [{ name: 'x', state: { waiting: { reason: 'CrashLoopBackOff' } } }] };
    expect(why({ status: { ...notReady, ...waiting } })).toBe('CrashLoopBackOff (container x)');
    const ended = { containerStatuses: [{ name: 'x', state: { terminated: { exitCode: 1 } } }] };
    expect(why({ status: { ...notReady, ...ended } })).toBe('exit code 1 (container x)');
    expect(why({ status: notReady })).toBe('is not Ready: containers with unready status: [x]');
    const unscheduled = { type: 'PodScheduled', status: 'False', message: '0/3 nodes are available' };
    expect(why({ spec: { nodeName: undefined }, status: { phase: 'Pending', conditions: [unscheduled] } })).toBe(
      'is not Ready: 0/3 nodes are available',
    );
    expect(why({ metadata: { deletionTimestamp: minutesAgo(1) } })).toBe('is terminating');
    expect(parsePodTrouble({ metadata: { name: 'a', namespace: 'b' } }, now)?.why).toBe('is not Ready');
  });

  it('crashes in a loop, even where it is Ready between two crashes', () => {
    expect(why({ status: restarted(7, 6, 5) })).toMatch(/^crashes again and again, 7 restarts, last exit code 2/);
    expect(why({ status: restarted(2, 20, 5), metadata: { creationTimestamp: minutesAgo(25) } })).toMatch(/2 restarts/);
  });

  it('crashed all along where no time is given: a baseline', () => {
    expect(parsePodTrouble(pod({ status: restarted(7, 40, 5) }), now)?.why).toMatch(/crashes again/);
  });
});

describe('what makes it anew, whatever the pod is called', () => {
  const controllerOf = (options: PodOptions) => {
    const trouble = parsePodTrouble(pod({ status: notReady, ...options }), now);
    return [trouble?.controller, trouble?.ofNode];
  };
  it.each<[string, PodOptions, string, boolean]>([
    ['a DaemonSet', {}, 'DaemonSet kube-system/kube-proxy', true],
    [
      'a Deployment, over the ReplicaSet of a roll-out',
      {
        owner: { kind: 'ReplicaSet', name: 'coredns-7db6d8ff4d' },
        metadata: { name: 'coredns-7db6d8ff4d-abcde', labels: { 'pod-template-hash': '7db6d8ff4d' } },
      },
      'Deployment kube-system/coredns',
      false,
    ],
    ['a ReplicaSet of its own', { owner: { kind: 'ReplicaSet', name: 'web' } }, 'ReplicaSet kube-system/web', false],
    ['a StatefulSet', { owner: { kind: 'StatefulSet', name: 'db' } }, 'StatefulSet kube-system/db', false],
    [
      'a static pod: its node',
      { owner: { kind: 'Node', name: 'node-07' }, metadata: { name: 'etcd-node-07' } },
      'Pod kube-system/etcd',
      true,
    ],
  ])('%s', (_, options, controller, ofNode) => {
    const { owner = { kind: 'DaemonSet', name: 'kube-proxy' } } = options;
    const metadata = { ...options.metadata, ownerReferences: [{ ...owner, controller: true }] };
    expect(controllerOf({ ...options, metadata })).toEqual([controller, ofNode]);
  });

  it('a bare pod: nothing', () => {
    expect(controllerOf({ metadata: { name: 'debug', ownerReferences: [] } })).toEqual([
      'Pod kube-system/debug',
      false,
    ]);
  });
});
