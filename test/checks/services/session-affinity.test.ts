import { expect, it } from 'vitest';
import { externalName, headless, otherProxys, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { proxyConfigMap } from '../support/proxy-config-map.ts';
import { expectActionable } from '../support/results.ts';

const sticky = (name: string) =>
  service(name, {
    spec: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } },
  });

it('names the Services whose clients may change their backend', async () => {
  const services = [sticky('shop'), service('plain'), sticky('cart')];
  const result = await resultOf('PXS063', await exportedFacts({ replace: { services } }));
  expect(result.findings).toMatchObject([
    {
      severity: 'warning',
      message: expect.stringMatching(/\(sessionAffinity ClientIP\): default\/cart, default\/shop$/),
      objects: ['Service default/cart', 'Service default/shop'],
    },
  ]);
  expectActionable(result);
});

it('says nothing of Services without it, or that kube-proxy does not serve', async () => {
  const services = [service('plain'), headless, externalName, otherProxys];
  expect(await resultOf('PXS063', await exportedFacts({ replace: { services } }))).toMatchObject({
    verdict: 'ok',
    saw: '0 Services with sessionAffinity ClientIP',
  });
});

it('says nothing where no node has to switch', async () => {
  const configmaps = [await proxyConfigMap((text) => text.replace('mode: ipvs', 'mode: nftables'))];
  const facts = await exportedFacts({ replace: { services: [sticky('shop')], configmaps } });
  expect(await resultOf('PXS063', facts)).toMatchObject({ verdict: 'ok' });
});

it('is unknown without services', async () => {
  expect(await resultOf('PXS063', await exportedFacts({ without: ['services'] }))).toMatchObject({
    verdict: 'unknown',
  });
});
