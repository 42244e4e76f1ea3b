import { expect, it } from 'vitest';
import { serviceChecks } from '../../../src/checks/services/checks.ts';
import { endpointSlice, headless, loadBalancer, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { proxyDaemonSetObject } from '../support/proxy-daemon-set-object.ts';
import { expectActionable } from '../support/results.ts';

const servicesOf = (number: number) => Array.from({ length: number }, (_, index) => service(`s-${index}`));
/** 1,000 endpoints are the most that a slice may have. */
const slicesOf = (endpoints: number) =>
  Array.from({ length: endpoints / 1_000 }, (_, index) => endpointSlice(`e-${index}`, 1_000));

const judged = async (services: number, endpoints: number, image = 'registry.k8s.io/kube-proxy:v1.35.4') => {
  const facts = await exportedFacts({
    replace: {
      services: [...servicesOf(services), headless],
      endpointslices: slicesOf(endpoints),
      daemonsets: [await proxyDaemonSetObject({ image })],
    },
  });
  const result = await resultOf('PXS064', facts);
  expectActionable(result);
  return result;
};

it.each([
  [5_001, 50_000, 'more than 5,000 Services:'],
  [5_000, 51_000, 'more than 50,000 endpoints:'],
  [5_001, 51_000, 'more than 5,000 Services and 50,000 endpoints:'],
])('warns of %i Services and %i endpoints', async (services, endpoints, said) => {
  const result = await judged(services, endpoints);
  expect(result).toMatchObject({
    saw: `${services} Services, ${endpoints} endpoints`,
    findings: [{ severity: 'warning', message: expect.stringContaining(said), objects: [] }],
  });
});

it('says the same of any number above the limit: a plan must not change with its endpoints', async () => {
  const [some, more] = await Promise.all([judged(1, 51_000), judged(2, 52_000)]);
  expect(some.findings).toEqual(more.findings);
});

it('names what is still slow from 1.36 on', async () => {
  const [before, since] = await Promise.all([judged(5_001, 0), judged(5_001, 0, 'registry.k8s.io/kube-proxy:v1.36.1')]);
  expect(before.findings[0]?.message).toContain('135639');
  expect(since.findings[0]?.message).toMatch(/\(kubernetes#139513\)$/);
});

it('has nothing against the limits themselves', async () => {
  expect(await judged(5_000, 50_000)).toMatchObject({ verdict: 'ok' });
});

it.each(['services', 'endpointslices', 'daemonsets'])('is unknown without %s', async (kind) => {
  expect(await resultOf('PXS064', await exportedFacts({ without: [kind] }))).toMatchObject({ verdict: 'unknown' });
});

it('of ten thousand Services a message names ten, and the finding all', async () => {
  const services = Array.from({ length: 10_000 }, (_, index) => loadBalancer(`web-${index}`, '203.0.113.7'));
  const facts = await exportedFacts({ replace: { services } });
  for (const check of serviceChecks) {
    for (const { message, objects } of (await check.run(facts, 'nftables')).findings) {
      expect(message.length, check.code).toBeLessThan(1_000);
      if (objects.length > 0) expect(objects, check.code).toHaveLength(10_000);
    }
  }
});
