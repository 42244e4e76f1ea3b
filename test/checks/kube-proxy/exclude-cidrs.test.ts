import { expect, test } from 'vitest';
import { excludeCIDRs } from '../../../src/checks/kube-proxy/exclude-cidrs.ts';
import { Failure } from '../../../src/model/failure.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts, proof, proxyConfig } from '../support/facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { configText, proxyFacts, type TextChange } from './support.ts';

const code = 'PXS014';
const excluded: TextChange = ['excludeCIDRs: null', 'excludeCIDRs: [192.0.2.0/24]'];
const nodes = ['cp-1', 'node-1', 'node-2', 'node-3'];
const live = (modes: ('ipvs' | 'nftables')[]) =>
  healthyFacts({
    proxyConfig: proxyConfig(configText(excluded)),
    proxies: modes.map((mode, index) => proof(nodes[index] ?? '', mode)),
  });

test('virtual servers of others stop a run', async () => {
  const result = await resultOf(code, await proxyFacts({ config: [excluded] }));
  expect(said(result)).toEqual([expect.stringMatching(/^blocker: ipvs\.excludeCIDRs \(192\.0\.2\.0\/24\) protects/)]);
  expectActionable(result);
});

test('where every node has left ipvs nothing is protected any more', async () => {
  expect(await excludeCIDRs.run(live(['nftables', 'nftables', 'nftables', 'nftables']), 'nftables')).toEqual({
    saw: 'ipvs.excludeCIDRs: 192.0.2.0/24; every node has left ipvs',
    findings: [],
  });
});

test.each([
  ['is still in ipvs', ['nftables', 'nftables', 'nftables', 'ipvs']],
  ['was not looked at', ['nftables', 'nftables', 'nftables']],
] as const)('one node that %s is enough', async (_, modes) => {
  expect((await excludeCIDRs.run(live([...modes]), 'nftables')).findings).toHaveLength(1);
});

test('of an export the configured mode decides', async () => {
  const config: TextChange[] = [excluded, ['mode: ipvs', 'mode: nftables']];
  expect((await resultOf(code, await proxyFacts({ config }))).verdict).toBe('ok');
});

test('modes that cannot be read leave it unknown', async () => {
  const facts = live([]);
  facts.proxies = () => Promise.reject(new Failure('Forbidden', 'list pods is not permitted'));
  expect((await resultOf(code, facts, {})).verdict).toBe('unknown');
});

test('without the ConfigMap it is not known', async () => {
  expect((await resultOf(code, await proxyFacts({ without: ['configmaps'] }))).verdict).toBe('unknown');
});
