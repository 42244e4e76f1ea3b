import { describe, expect, it, test } from 'vitest';
import { nftCrashOf } from '../../../src/checks/nodes/nft-crash.ts';
import { proxyVersionIn } from '../../../src/cluster/kube-proxy/version.ts';
import { nftReleaseOf } from '../../../src/cluster/nft-releases.ts';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { proxyFacts } from '../kube-proxy/support.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';

const code = 'PXS030';
const facts = (tag: string, osImage = 'AlmaLinux 10.1 (Heliotrope Lion)', without: string[] = []) =>
  proxyFacts({
    daemonSet: { image: `registry.k8s.io/kube-proxy:${tag}` },
    replace: { nodes: [nodeObject('old'), nodeObject('new', { osImage })] },
    without,
  });

test('a kube-proxy whose nft would crash stops a run, and the node is named', async () => {
  const result = await resultOf(code, await facts('v1.35.3'));
  expect(said(result)).toEqual([
    'blocker: kube-proxy v1.35.3 crashes in nftables mode where nft 1.1.3 or newer has made sets (kubernetes/kubernetes#136786), and these nodes have such an nft: new (AlmaLinux 10.1 (Heliotrope Lion))',
  ]);
  expect(result.findings[0]).toMatchObject({ objects: ['Node new'], fix: expect.stringContaining('1.35.8 or newer') });
  expectActionable(result);
});

test('a kube-proxy with half of the fix is a warning', async () => {
  const result = await resultOf(code, await facts('v1.34.7'));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: kube-proxy v1\.34\.7 may still crash/)]);
  expectActionable(result);
});

test("a vendor's build has half of the fix at best: EKS 1.36.0-eksbuild.9 crashed on Bottlerocket", async () => {
  const result = await resultOf(code, await facts('v1.36.0-eksbuild.9', 'Bottlerocket OS 1.50.0 (aws-k8s-1.36)'));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: kube-proxy v1\.36\.0-eksbuild\.9 may still crash/)]);
  expect(result.findings[0]?.fix).toContain('Ask the vendor');
});

test('neither an older nft on the nodes nor a kube-proxy with the fix is in the way', async () => {
  expect(await resultOf(code, await facts('v1.33.0', 'Ubuntu 22.04.5 LTS'))).toMatchObject({
    verdict: 'ok',
    saw: 'kube-proxy v1.33.0, 0 of 2 nodes with nft 1.1.3 or newer',
  });
  expect((await resultOf(code, await facts('v1.35.8'))).verdict).toBe('ok');
});

test('without nodes it is not known', async () => {
  expect((await resultOf(code, await facts('v1.35.8', '', ['nodes']))).verdict).toBe('unknown');
});

describe('the patch of each minor version', () => {
  it.each([
    ['v1.31.14', 'crashes'],
    ['v1.33.10', 'crashes'],
    ['v1.33.13', 'partly-fixed'],
    ['v1.34.6', 'crashes'],
    ['v1.34.9', 'partly-fixed'],
    ['v1.34.10', 'fixed'],
    ['v1.35.4', 'partly-fixed'],
    ['v1.36.2', 'partly-fixed'],
    ['v1.36.3', 'fixed'],
    ['v1.37.0', 'fixed'],
    ['v1.40.1', 'fixed'],
    ['v1.37.0-eksbuild.1', 'partly-fixed'],
  ] as const)('%s: %s', (tag, crash) => {
    const version = proxyVersionIn(`kube-proxy:${tag}`);
    expect(version && nftCrashOf(version)).toBe(crash);
  });
});

describe('nft of an OS image', () => {
  it.each([
    'Red Hat Enterprise Linux 10.0 (Coughlan)',
    'Rocky Linux 10.0 (Red Quartz)',
    'CentOS Stream 10 (Coughlan)',
    'Fedora Linux 43 (Cloud Edition)',
    'Fedora CoreOS 43.20251110.3.0',
    'Debian GNU/Linux 13 (trixie)',
    'Debian GNU/Linux forky/sid',
    'Ubuntu 26.04 LTS',
    'Alpine Linux v3.22',
    'NixOS 25.11 (Xantusia)',
    'NixOS 26.05 (Yarara)',
    'Bottlerocket OS 1.50.0 (aws-k8s-1.34)',
  ])('is 1.1.3 or newer: %s', (osImage) => {
    expect(nftReleaseOf(osImage)).toBeDefined();
  });

  it.each([
    'Red Hat Enterprise Linux 9.6 (Plow)',
    'Red Hat Enterprise Linux CoreOS 418.94.202501221327-0',
    'Fedora Linux 42 (Cloud Edition)',
    'Debian GNU/Linux 12 (bookworm)',
    'Alpine Linux v3.9.6',
    'Alpine Linux v3.21.3',
    'Ubuntu 24.04.3 LTS',
    'Amazon Linux 2023.9.20260105',
    '',
  ])('is not known to be: %s', (osImage) => {
    expect(nftReleaseOf(osImage)).toBeUndefined();
  });
});
