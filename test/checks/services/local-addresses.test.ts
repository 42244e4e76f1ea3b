import { expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { externalName, headless, loadBalancer, otherProxys, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { proxyConfigMap } from '../support/proxy-config-map.ts';
import { expectActionable } from '../support/results.ts';

const judged = async (...services: PlainObject[]) => {
  const result = await resultOf('PXS061', await exportedFacts({ replace: { services } }));
  expectActionable(result);
  return result;
};

const web = loadBalancer('web', '203.0.113.7');
const legacy = service('legacy', { namespace: 'apps', spec: { externalIPs: ['198.51.100.9', '198.51.100.8'] } });

it('names Services with the addresses that stop being local, in a fixed order', async () => {
  const forward = await judged(web, legacy, service('plain'));
  expect(forward.findings).toMatchObject([
    {
      severity: 'warning',
      message: expect.stringMatching(
        /: apps\/legacy \(198\.51\.100\.8, 198\.51\.100\.9\), default\/web \(203\.0\.113\.7\)$/,
      ),
      objects: ['Service apps/legacy', 'Service default/web'],
    },
  ]);
  expect(await judged(service('plain'), legacy, web)).toMatchObject({ findings: forward.findings });
});

it.each([
  ['a cluster IP alone', service('plain')],
  ['an address of a node, which stays on its interface', service('edge', { spec: { externalIPs: ['192.0.2.11'] } })],
  [
    'a balancer that sends to node ports (ipMode Proxy)',
    loadBalancer('elb', '203.0.113.7', { ingress: [{ ip: '203.0.113.7', ipMode: 'Proxy' }] }),
  ],
  ['a balancer with a host name', loadBalancer('elb', '', { ingress: [{ hostname: 'a1b2.elb.example.com' }] })],
  ['a Service of another proxy', otherProxys],
  ['a headless Service', headless],
  ['an ExternalName', externalName],
])('says nothing of %s', async (_, object) => {
  expect(await judged(object)).toMatchObject({ verdict: 'ok', saw: expect.stringMatching(/^0 Services/) });
});

it('knows an IPv6 address of a node, however it is written', async () => {
  const node = nodeObject('worker-1');
  const addresses = [{ type: 'InternalIP', address: '2001:db8::a1' }];
  const nodes = [{ ...node, status: { ...Object(node).status, addresses } }];
  const services = [service('edge', { spec: { externalIPs: ['2001:DB8:0::A1'] } })];
  const result = await resultOf('PXS061', await exportedFacts({ replace: { nodes, services } }));
  expect(result.verdict).toBe('ok');
});

it('says nothing where no node has to switch', async () => {
  const configmaps = [await proxyConfigMap((text) => text.replace('mode: ipvs', 'mode: nftables'))];
  const facts = await exportedFacts({ replace: { services: [web], configmaps } });
  expect(await resultOf('PXS061', facts)).toMatchObject({
    verdict: 'ok',
    saw: expect.stringContaining('no node has to switch'),
  });
});

it.each(['services', 'nodes'])('is unknown without %s', async (kind) => {
  expect(await resultOf('PXS061', await exportedFacts({ without: [kind] }))).toMatchObject({ verdict: 'unknown' });
});
