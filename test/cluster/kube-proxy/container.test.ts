import { expect, test } from 'vitest';
import { containerRunsProxy } from '../../../src/cluster/kube-proxy/container.ts';

const container = (more: Partial<Parameters<typeof containerRunsProxy>[0]>) => ({
  name: 'main',
  image: 'docker.io/library/tool:1',
  command: [],
  args: [],
  ...more,
});

test.each([
  { name: 'kube-proxy' },
  { image: 'registry.k8s.io/kube-proxy:v1.35.4' },
  { command: ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'] },
  { command: ['/bin/sh', '-c'], args: ['exec kube-proxy --config=/etc/config.conf'] },
])('kube-proxy runs in %j', (more) => {
  expect(containerRunsProxy(container(more))).toBe(true);
});

test.each([{ image: 'quay.io/brancz/kube-rbac-proxy:v0.20.0' }, { command: ['/watch', '--path=/var/lib/kube-proxy'] }])(
  'no kube-proxy runs in %j',
  (more) => {
    expect(containerRunsProxy(container(more))).toBe(false);
  },
);
