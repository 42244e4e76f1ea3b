import { expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { loadBalancer, nodePortService, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { proxyDaemonSetObject } from '../support/proxy-daemon-set-object.ts';
import { expectActionable } from '../support/results.ts';

const local = { spec: { externalTrafficPolicy: 'Local' } };
const ingress = loadBalancer('ingress', '203.0.113.7', { ...local, namespace: 'ingress-nginx' });

const judged = async (image: string, services: PlainObject[] = [ingress], version = 'v1.35.4') => {
  const daemonsets = [await proxyDaemonSetObject({ image })];
  const result = await resultOf('PXS062', await exportedFacts({ replace: { services, daemonsets }, version }));
  expectActionable(result);
  return result;
};

it.each([
  'registry.k8s.io/kube-proxy:v1.31.14',
  'registry.k8s.io/kube-proxy:v1.32.10',
  'registry.k8s.io/kube-proxy:v1.33.5',
])('warns of what %s drops', async (image) => {
  expect((await judged(image)).findings).toMatchObject([
    {
      severity: 'warning',
      message: expect.stringMatching(/drops what pods send .*#131765.*: ingress-nginx\/ingress \(203\.0\.113\.7\)$/),
      objects: ['Service ingress-nginx/ingress'],
    },
  ]);
});

it.each([
  'registry.k8s.io/kube-proxy:v1.33.6',
  'registry.k8s.io/kube-proxy:v1.33.6-minimal-eksbuild.2',
  'registry.k8s.io/kube-proxy:v1.34.0',
])('has nothing against %s', async (image) => {
  expect(await judged(image)).toMatchObject({ verdict: 'ok', saw: expect.stringContaining('1 Service') });
});

it('goes by the API server where the image has no version', async () => {
  const digest = `registry.k8s.io/kube-proxy@sha256:${'0'.repeat(64)}`;
  expect(await judged(digest, [ingress], 'v1.32.0')).toMatchObject({ verdict: 'warning' });
  expect(await judged(digest, [ingress], 'v1.34.1')).toMatchObject({ verdict: 'ok' });
});

it.each([
  ['policy Cluster', loadBalancer('web', '203.0.113.7')],
  ['node ports alone', nodePortService('web', [30_080], local)],
  ['no external address', service('plain')],
])('says nothing of %s', async (_, object) => {
  expect(await judged('registry.k8s.io/kube-proxy:v1.32.0', [object])).toMatchObject({ verdict: 'ok' });
});

it.each(['services', 'daemonsets'])('is unknown without %s', async (kind) => {
  expect(await resultOf('PXS062', await exportedFacts({ without: [kind] }))).toMatchObject({ verdict: 'unknown' });
});
