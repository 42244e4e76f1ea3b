import { expect, it } from 'vitest';
import { headless, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { proxyConfigMap } from '../support/proxy-config-map.ts';

const services = [service('a'), service('b'), headless];

it('notes what else changes for who uses cluster IPs', async () => {
  expect(await resultOf('PXS065', await exportedFacts({ replace: { services } }))).toMatchObject({
    saw: '2 Services with a cluster IP',
    findings: [{ severity: 'note', message: expect.stringMatching(/^Cluster IPs stop answering ping/), objects: [] }],
  });
});

it('is silent without Services, and where no node has to switch', async () => {
  const empty = await exportedFacts({ replace: { services: [headless] } });
  expect(await resultOf('PXS065', empty)).toMatchObject({ verdict: 'ok' });
  const configmaps = [await proxyConfigMap((text) => text.replace('mode: ipvs', 'mode: nftables'))];
  const switched = await exportedFacts({ replace: { services, configmaps } });
  expect(await resultOf('PXS065', switched)).toMatchObject({ verdict: 'ok' });
});

it('is unknown without services', async () => {
  expect(await resultOf('PXS065', await exportedFacts({ without: ['services'] }))).toMatchObject({
    verdict: 'unknown',
  });
});
