import { expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { parseService } from '../../../src/cluster/services.ts';
import { withLines } from '../../cluster/kube-proxy/config-texts.ts';
import { headless, nodePortService, service } from '../../fixtures/objects/services.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { healthyFacts, node, proof, proxyConfig } from '../support/facts.ts';
import { proxyConfigMap } from '../support/proxy-config-map.ts';
import { expectActionable } from '../support/results.ts';

const web = nodePortService('web', [30_080, 30_443]);
const api = nodePortService('api', [31_000], { namespace: 'backend' });

const judged = async (services: PlainObject[], change: (text: string) => string = (text) => text) => {
  const facts = await exportedFacts({ replace: { services, configmaps: [await proxyConfigMap(change)] } });
  const result = await resultOf('PXS060', facts);
  expectActionable(result);
  return result;
};

it('says that node ports stay on all addresses, by which edit, and of whom', async () => {
  const result = await judged([web, service('plain'), api, headless]);
  expect(result.saw).toBe('3 node ports of 2 Services; nodePortAddresses: empty');
  expect(result.findings).toMatchObject([
    {
      severity: 'note',
      message: expect.stringMatching(
        /so the run sets it to \["0\.0\.0\.0\/0"\]; it concerns backend\/api, default\/web$/,
      ),
      objects: ['Service backend/api', 'Service default/web'],
    },
  ]);
});

it('names both families of a dual-stack cluster', async () => {
  const result = await judged([web], (text) =>
    text.replace('clusterCIDR: 10.244.0.0/16', 'clusterCIDR: 10.244.0.0/16,fd00:10:244::/56'),
  );
  expect(result.findings[0]?.message).toContain('["0.0.0.0/0","::/0"]');
});

it('names ten of twelve, and all of them as objects', async () => {
  const twelve = Array.from({ length: 12 }, (_, index) => nodePortService(`web-${index + 10}`, [30_000 + index]));
  const [finding] = (await judged(twelve.reverse())).findings;
  expect(finding?.message).toMatch(/concerns default\/web-10, .*default\/web-19 and 2 more$/);
  expect(finding?.objects).toHaveLength(12);
});

it.each(['primary', '192.0.2.0/24'])('takes a list of %s for a decision', async (range) => {
  const result = await judged([web], (text) =>
    text.replace('nodePortAddresses: null', `nodePortAddresses: ["${range}"]`),
  );
  expect(result).toMatchObject({ verdict: 'ok', saw: expect.stringContaining(`nodePortAddresses: ${range}`) });
});

it('has nothing to say without node ports, or where no node has to switch', async () => {
  expect(await judged([service('plain')])).toMatchObject({
    verdict: 'ok',
    saw: expect.stringMatching(/^0 node ports/),
  });
  const nftables = (text: string) => text.replace('mode: ipvs', 'mode: nftables');
  expect(await judged([web], nftables)).toMatchObject({ verdict: 'ok' });
});

it('warns where config.conf says nftables already, and a node has yet to read it', async () => {
  const facts = healthyFacts({
    proxyConfig: proxyConfig(withLines('mode: nftables')),
    nodes: [node('node-1'), node('node-2')],
    proxies: [proof('node-1', 'nftables'), proof('node-2', 'ipvs')],
  });
  facts.services = async () => [parseService(web)];
  const result = await resultOf('PXS060', facts, {});
  expect(result.findings).toMatchObject([
    { severity: 'warning', message: expect.stringMatching(/primary address of each node alone.*: default\/web$/) },
  ]);
  expectActionable(result);
});

it.each(['services', 'configmaps'])('is unknown without %s', async (kind) => {
  const facts = await exportedFacts({ add: { services: [web] }, without: [kind] });
  expect(await resultOf('PXS060', facts)).toMatchObject({ verdict: 'unknown' });
});
