import { describe, expect, it } from 'vitest';
import { withLines } from '../../cluster/kube-proxy/config-texts.ts';
import { ebpfResult } from '../support/ebpf-facts.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts, proof, proxyConfig } from '../support/facts.ts';
import { expectActionable } from '../support/results.ts';

const ofNodes = async (mode: string, proxies: ReturnType<typeof proof>[]) => {
  const facts = healthyFacts({ proxyConfig: proxyConfig(withLines(`mode: ${mode}`)), proxies });
  const result = await resultOf('PXS080', facts, { target: 'ebpf' });
  expectActionable(result);
  return result;
};

describe('an export', () => {
  it('with ipvs in config.conf is warned of the restarts by hand', async () => {
    expect((await ebpfResult('PXS080', { mode: 'ipvs' })).findings).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/^kube-proxy runs ipvs by its config\.conf: .*calico#12476/),
        objects: ['ConfigMap kube-system/kube-proxy'],
      },
    ]);
  });

  it.each(['iptables', 'nftables'])('with %s is', async (mode) => {
    expect(await ebpfResult('PXS080', { mode })).toMatchObject({ verdict: 'ok' });
  });

  it('is unknown without ConfigMaps', async () => {
    expect(await ebpfResult('PXS080', { without: ['configmaps'] })).toMatchObject({ verdict: 'unknown' });
  });
});

describe('a cluster', () => {
  it('is judged by what its nodes show', async () => {
    const result = await ofNodes('nftables', [proof('node-1', 'nftables'), proof('node-2', 'ipvs')]);
    expect(result.findings).toMatchObject([
      { severity: 'warning', message: expect.stringContaining('runs ipvs on node-2:'), objects: ['Node node-2'] },
    ]);
    expect(await ofNodes('nftables', [proof('node-1', 'nftables')])).toMatchObject({ verdict: 'ok' });
  });

  it('is unknown where they cannot be asked', async () => {
    const facts = healthyFacts({ proxyConfig: proxyConfig(withLines('mode: nftables')) });
    facts.proxies = () => Promise.reject(new Error('port-forward is closed'));
    expect(await resultOf('PXS080', facts, { target: 'ebpf' })).toMatchObject({ verdict: 'unknown' });
  });
});
