import { describe, expect, test } from 'vitest';
import { calicoNode, istioAmbient, otherDaemonSet } from '../../fixtures/objects/calico.ts';
import { apiService, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { operatorFacts } from './support.ts';

const code = 'PXS074';
const withOthers = (version: 'v3.30.7' | 'v3.31.7' | 'v3.32.0', others: readonly ReturnType<typeof calicoNode>[]) =>
  operatorFacts({ version, daemonSets: [calicoNode({ image: `quay.io/calico/node:${version}` }), ...others] });

describe('Istio ambient', () => {
  test('1.28.1 is the one with which the kernel was seen to crash', async () => {
    const result = await resultOf(code, await withOthers('v3.31.7', istioAmbient('1.28.1')));
    expect(said(result)).toEqual([
      expect.stringMatching(/^warning: Istio ambient .* Istio 1\.28\.1 .*\(istio#58492\)$/),
    ]);
    expectActionable(result);
  });

  test('a later one is a danger to a Calico with an older nft', async () => {
    const result = await resultOf(code, await withOthers('v3.32.0', istioAmbient('1.29.7')));
    expect(said(result)).toEqual([
      expect.stringMatching(/^warning: .*the nft of Calico v3\.32\.0 may crash on its sets: calico#11750/),
    ]);
  });

  test('a later one beside a later Calico is a note', async () => {
    const result = await resultOf(code, await withOthers('v3.31.7', istioAmbient('1.29.7')));
    expect(said(result)).toEqual([expect.stringMatching(/^note: Istio ambient 1\.29\.7 runs on the nodes/)]);
  });

  test('Istio with sidecars alone is no concern', async () => {
    const [cni] = istioAmbient('1.28.1');
    expect((await resultOf(code, await withOthers('v3.31.7', cni ? [cni] : []))).verdict).toBe('ok');
  });
});

describe('Tailscale', () => {
  const images = [{ name: 'tailscale', image: 'docker.io/tailscale/tailscale:v1.98.4' }];
  const onHost = otherDaemonSet({ namespace: 'tailscale', name: 'tailscale', hostNetwork: true }, images);
  const inPods = otherDaemonSet({ namespace: 'tailscale', name: 'proxies' }, images);

  test('in the network of the nodes it may crash Felix', async () => {
    const result = await resultOf(code, await withOthers('v3.31.7', [onHost]));
    expect(said(result)).toEqual([
      expect.stringMatching(/^warning: Tailscale runs in the network of the nodes, .*calico#13263/),
    ]);
    expect(result.findings[0]?.objects).toEqual(['DaemonSet tailscale/tailscale']);
    expectActionable(result);
  });

  test('its operator alone is a hint', async () => {
    const groups = [apiService('tailscale.com', 'v1alpha1')];
    expect(said(await resultOf(code, await operatorFacts({ groups })))).toEqual([
      expect.stringMatching(/^note: Tailscale's operator/),
    ]);
  });

  test('a Calico that does not sweep iptables, and Tailscale in pods, are fine', async () => {
    expect((await resultOf(code, await withOthers('v3.30.7', [onHost]))).verdict).toBe('ok');
    expect((await resultOf(code, await withOthers('v3.31.7', [inPods]))).verdict).toBe('ok');
  });
});

test('neither of them is fine', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({
    verdict: 'ok',
    saw: 'no Istio ambient, no Tailscale',
  });
});

test('without API groups it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['apiservices'] }))).verdict).toBe('unknown');
});
