import { describe, expect, it } from 'vitest';
import { crashLoops, parseDaemonPod } from '../../src/cluster/pods.ts';

const running = { running: { startedAt: '2025-11-22T15:15:43Z' } };
const waiting = (reason?: string) => ({ waiting: reason === undefined ? {} : { reason } });
const exited = (exitCode: number) => ({ terminated: { exitCode, reason: 'Error' } });

interface PodOptions {
  state?: object;
  restartCount?: number;
  metadata?: object;
  /** The other containers' statuses, before the one that matters. */
  others?: object[];
}

/** A pod as the API server gives it, of kubeadm's DaemonSet. */
function pod({ state = running, restartCount = 0, metadata = {}, others = [] }: PodOptions = {}) {
  const status = {
    name: 'kube-proxy',
    ready: 'running' in state,
    restartCount,
    image: 'registry/kube-proxy:v1.35.4',
    state,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'kube-proxy-x7k2p', namespace: 'kube-system', uid: 'uid-1', ...metadata },
    spec: { nodeName: 'node-1' },
    status: { phase: 'Running', containerStatuses: [...others, status] },
  };
}

/** @throws where the pod has no node */
function parsed(options?: PodOptions) {
  const found = parseDaemonPod(pod(options), 'kube-proxy');
  if (found === undefined) throw new Error('the pod has a node');
  return found;
}

describe('parseDaemonPod', () => {
  it('reads what a restart waits for', () => {
    expect(parsed()).toEqual({
      name: 'kube-proxy-x7k2p',
      namespace: 'kube-system',
      uid: 'uid-1',
      node: 'node-1',
      container: 'kube-proxy',
      terminating: false,
      running: true,
      ready: true,
      restarts: 0,
      image: 'registry/kube-proxy:v1.35.4',
      trouble: undefined,
      rejected: undefined,
    });
  });

  it.each([
    ['pulls no image', waiting('ImagePullBackOff'), 'ImagePullBackOff'],
    ['crashes', waiting('CrashLoopBackOff'), 'CrashLoopBackOff'],
    ['has exited', exited(1), 'exit code 1'],
    ['has exited well, which a daemon must not', exited(0), 'exit code 0'],
    ['has exited, nobody knows how', { terminated: {} }, 'exit code ?'],
    ['only starts', waiting('ContainerCreating'), undefined],
    ['waits without a reason', waiting(), undefined],
    ['has no state yet', {}, undefined],
  ])('a container that %s does not count as running, and says why', (_, state, trouble) => {
    expect(parsed({ state })).toMatchObject({ running: false, ready: false, trouble });
  });

  it('does not take a pod for a running one that is being deleted', () => {
    const metadata = { deletionTimestamp: '2025-11-22T15:20:00Z' };
    expect(parsed({ metadata })).toMatchObject({ terminating: true, running: false });
  });

  it('looks at the container that matters, not at a sidecar', () => {
    const others = [{ name: 'metrics', ready: false, restartCount: 9, image: 'x', state: waiting('CrashLoopBackOff') }];
    expect(parsed({ others })).toMatchObject({ running: true, restarts: 0, trouble: undefined });
  });

  it('reads a pod that the kubelet has not reported on', () => {
    const { status: _, ...bare } = pod();
    expect(parseDaemonPod(bare, 'kube-proxy')).toMatchObject({ running: false, ready: false, restarts: 0, image: '' });
  });

  it('skips a pod that has no node yet', () => {
    expect(parseDaemonPod({ ...pod(), spec: {} }, 'kube-proxy')).toBeUndefined();
  });
});

describe('a pod is given up for a crash loop only when it is one', () => {
  it.each([
    ['running at once', {}, false],
    ['running after two crashes', { restartCount: 2 }, false],
    ['first start, not there yet', { state: waiting('ContainerCreating') }, false],
    ['crashed once, about to be started again', { state: exited(1), restartCount: 1 }, false],
    ['crashed twice', { state: exited(1), restartCount: 2 }, true],
    ['backed off after the first crash', { state: waiting('CrashLoopBackOff'), restartCount: 1 }, true],
    ['an image that cannot be pulled: slow, not crashing', { state: waiting('ImagePullBackOff') }, false],
  ])('%s', (_, options, expected) => {
    expect(crashLoops(parsed(options))).toBe(expected);
  });
});
