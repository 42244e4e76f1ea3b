import semver from 'semver';
import { describe, expect, test } from 'vitest';
import { hasNewerNft } from '../../../src/cluster/calico/host-nft.ts';
import { versionOfImage } from '../../../src/cluster/calico/images.ts';
import { describeIssue, issuesOf, knownIssues } from '../../../src/cluster/calico/known-issues.ts';

const refsOf = (version: string) => issuesOf(version).map(({ ref }) => ref.replace('calico#', ''));

describe('the table of known issues', () => {
  // By `git tag --contains` of the fixing commits in projectcalico/calico.
  test.each([
    ['v3.30.3', ['11750', '13441', '13442', '10939', '11736', '11558']],
    ['v3.30.4', ['11750', '13441', '13442', '11736', '11558']],
    ['v3.30.7', ['11750', '13441', '13442', '11558']],
    ['v3.31.0', ['11750', '13441', '13442', '11736', '11558', '13263']],
    ['v3.31.4', ['11750', '13441', '13442', '13263']],
    ['v3.31.6', ['13441', '13442', '13263']],
    ['v3.31.7', ['13263']],
    ['v3.32.0', ['11750', '12851', '13441', '13442', '13263']],
    ['v3.32.1', ['13441', '13442', '13263']],
    ['v3.32.2', ['13263']],
    ['v3.33.0-0.dev', ['13263']],
    ['v3.33.0', []],
    ['v3.34.1', []],
  ])('%s has %j', (version, expected) => expect(refsOf(version)).toEqual(expected));

  test('has real versions, one for each minor, and no issue twice', () => {
    for (const { fixed, since = fixed[0] } of knownIssues) {
      for (const version of [since, ...fixed]) expect(semver.valid(version)).toBe(version);
      expect(new Set(fixed.map((version) => semver.minor(version))).size).toBe(fixed.length);
    }
    expect(new Set(knownIssues.map(({ ref }) => ref)).size).toBe(knownIssues.length);
  });

  test('an issue is told with its fix', () => {
    const [issue] = issuesOf('v3.31.7');
    expect(issue && describeIssue(issue)).toMatch(/^calico#13263 \(Felix panics while .*; fixed in 3\.33\.0\)$/);
  });

  test('what is no version is refused', () => expect(() => issuesOf('latest')).toThrow('"latest"'));
});

test.each([
  ['Debian GNU/Linux 13 (trixie)', true],
  ['Debian GNU/Linux 12 (bookworm)', false],
  ['Ubuntu 24.04.3 LTS', false],
  ['Ubuntu 25.10', true],
  ['Ubuntu 26.04 LTS', true],
  ['Fedora Linux 41 (Cloud Edition)', false],
  ['Fedora Linux 43 (Cloud Edition)', true],
  ['Fedora CoreOS 42.20250901.3.0', true],
  ['AlmaLinux 9.6 (Sage Margay)', false],
  ['AlmaLinux 10.1 (Heliotrope Lion)', true],
  ['Red Hat Enterprise Linux 9.6 (Plow)', false],
  ['Talos (v1.11.3)', false],
  ['', false],
])('the nft of %j is newer: %s', (osImage, newer) => expect(hasNewerNft(osImage)).toBe(newer));

test.each([
  ['quay.io/calico/node:v3.31.7', '3.31.7'],
  ['localhost:5000/calico/node:v3.31.7@sha256:0f5c', '3.31.7'],
  ['docker.io/rancher/hardened-calico:v3.31.7-build20260901', '3.31.7'],
  ['quay.io/tigera/operator:v1.42.4', '1.42.4'],
  ['localhost:5000/calico/node', undefined],
  ['quay.io/calico/node@sha256:0f5c', undefined],
  ['quay.io/calico/node:master', undefined],
  ['', undefined],
])('the version of image %j is %s', (image, version) => expect(versionOfImage(image)).toBe(version));
