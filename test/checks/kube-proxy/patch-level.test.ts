import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { knownProblems } from '../../../src/checks/kube-proxy/known-problems.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts } from './support.ts';

const code = 'PXS050';
const facts = (tag: string, version = 'v1.35.4', without: string[] = []) =>
  proxyFacts({ daemonSet: { image: `registry.k8s.io/kube-proxy:${tag}` }, version, without });

test('ipvs that stopped checking its rules matters to who goes back', async () => {
  const result = await resultOf(code, await facts('v1.34.3'));
  expect(said(result)).toEqual([
    'warning: kube-proxy v1.34.3 does not check its rules regularly in ipvs mode any more, which matters after a rollback (kubernetes/kubernetes#136122)',
  ]);
  expect(result.findings[0]?.fix).toContain('1.34.4, 1.35.1');
  expectActionable(result);
});

test('from 1.40 there is no way back to ipvs without a feature gate', async () => {
  const result = await resultOf(code, await facts('v1.40.1', 'v1.40.1'));
  expect(said(result)).toEqual([
    expect.stringMatching(/^warning: kube-proxy v1\.40\.1 does not start in ipvs mode unless .*enhancements#5495\)$/),
  ]);
  expectActionable(result);
});

test('Services whose names are too long for a comment are named', async () => {
  const services = [
    { metadata: { namespace: 'n'.repeat(60), name: 's'.repeat(60) }, spec: { type: 'ClusterIP' } },
    { metadata: { namespace: 'default', name: 'web' }, spec: { type: 'ClusterIP' } },
  ].map((service) => ({ apiVersion: 'v1', kind: 'Service', ...service }));
  const long = `${'n'.repeat(60)}/${'s'.repeat(60)}`;
  const result = await resultOf(code, await proxyFacts({ replace: { services } }));
  expect(said(result)).toEqual([
    `warning: kube-proxy v1.35.4 may fail every sync in nftables mode for Services with long names (kubernetes/kubernetes#139516): ${long}`,
  ]);
  expect(result.findings[0]?.objects).toEqual([`Service ${long}`]);
  expectActionable(result);
});

describe('the version of the API server', () => {
  test('is older, which is not supported', async () => {
    const result = await resultOf(code, await facts('v1.36.3'));
    expect(said(result)).toEqual([
      'warning: kube-proxy v1.36.3 is newer than the API server (v1.35.4), which Kubernetes does not support',
    ]);
    expectActionable(result);
  });

  test('is four minor versions newer', async () => {
    const result = await resultOf(code, await facts('v1.33.13', 'v1.37.2'));
    expect(said(result)).toEqual([
      'warning: kube-proxy v1.33.13 is 4 minor versions older than the API server (v1.37.2); Kubernetes supports 3',
    ]);
  });

  test('may be three minor versions newer', async () => {
    expect((await resultOf(code, await facts('v1.33.13', 'v1.36.3'))).verdict).toBe('ok');
  });

  test('stands for that of kube-proxy where the image has none', async () => {
    const result = await resultOf(code, await facts('latest'));
    expect(result).toMatchObject({ verdict: 'ok', saw: expect.stringContaining('(as the API server: its image') });
  });
});

test("a vendor's suffix is no pre-release", async () => {
  expect((await resultOf(code, await facts('v1.34.4-minimal-eksbuild.2'))).verdict).toBe('ok');
});

test('every row can be read, and is mended by the releases that it names', () => {
  for (const { affected, fixed = [] } of knownProblems) {
    expect(semver.validRange(affected)).not.toBeNull();
    for (const version of fixed) expect(semver.satisfies(version, affected)).toBe(false);
  }
});

test.each(['daemonsets', 'services'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await facts('v1.35.4', 'v1.35.4', [plural]))).verdict).toBe('unknown');
});
