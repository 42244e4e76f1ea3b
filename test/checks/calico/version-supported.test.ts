import { describe, expect, test } from 'vitest';
import {
  calicoNode,
  clusterInformationObject,
  felixConfiguration,
  installationObject,
} from '../../fixtures/objects/calico.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS021';

test('a version with all fixes has nothing against it', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({
    verdict: 'ok',
    saw: 'Calico v3.31.7, image quay.io/calico/node:v3.31.7',
  });
});

test('3.29 is refused, and nothing else is said of it', async () => {
  const image = 'quay.io/calico/node:v3.29.7';
  const installations = [installationObject({ version: 'v3.29.7' })];
  const result = await resultOf(code, await operatorFacts({ installations, daemonSets: [calicoNode({ image })] }));
  expect(said(result)).toEqual(['blocker: Calico v3.29.7 is too old: nftables needs 3.30 or newer here']);
  expectActionable(result);
});

test('3.30 is a technology preview, without the fixes of later minors', async () => {
  const result = await resultOf(code, await operatorFacts({ version: 'v3.30.7' }));
  expect(said(result)).toEqual([
    expect.stringMatching(/^warning: The nftables dataplane is a technology preview in Calico v3\.30\.7/),
    expect.stringMatching(/^warning: Calico v3\.30\.7 has known problems .*calico#13441 .*calico#13442/),
  ]);
  expectActionable(result);
});

test.each([
  ['v3.31.6', ['calico#13441', 'calico#13442']],
  ['v3.32.0', ['calico#12851', 'calico#13441', 'calico#13442']],
  ['v3.32.1', ['calico#13441', 'calico#13442']],
] as const)('%s has exactly the problems that its tags lack the fixes of', async (version, refs) => {
  const result = await resultOf(code, await manifestFacts({ version }));
  const [found] = result.findings;
  expect(result.findings).toHaveLength(1);
  expect(found?.message.match(/calico#\d+/g)).toEqual(refs);
});

describe('what only some clusters have', () => {
  test('natPortRange', async () => {
    const clusterInformations = [clusterInformationObject('v3.31.3')];
    const daemonSets = [calicoNode({ namespace: 'kube-system', image: 'quay.io/calico/node:v3.31.3' })];
    const felixConfigurations = [felixConfiguration('default', { natPortRange: '32768:65535' })];
    const touched = await resultOf(code, await manifestFacts({ clusterInformations, daemonSets, felixConfigurations }));
    expect(said(touched)).toContainEqual(
      expect.stringMatching(
        /^blocker: natPortRange is "32768:65535", which Calico v3\.31\.3 cannot take .*calico#11736/,
      ),
    );
    expectActionable(touched);
    const fixed = await resultOf(code, await manifestFacts({ felixConfigurations }));
    expect(fixed.verdict).toBe('ok');
  });

  test('a log prefix with spaces', async () => {
    const clusterInformations = [clusterInformationObject('v3.31.3')];
    const daemonSets = [calicoNode({ namespace: 'kube-system', image: 'quay.io/calico/node:v3.31.3' })];
    const withPrefix = (logPrefix: string) =>
      manifestFacts({
        clusterInformations,
        daemonSets,
        felixConfigurations: [felixConfiguration('default', { logPrefix })],
      });
    const touched = await resultOf(code, await withPrefix('calico %n'));
    expect(said(touched)).toContainEqual(expect.stringMatching(/^warning: logPrefix is "calico %n", .*calico#11558/));
    expectActionable(touched);
    expect(said(await resultOf(code, await withPrefix('calico-packet'))).join()).not.toMatch(/11558/);
  });

  test('nodes whose own nft is newer', async () => {
    const clusterInformations = [clusterInformationObject('v3.31.5')];
    const daemonSets = [calicoNode({ namespace: 'kube-system', image: 'quay.io/calico/node:v3.31.5' })];
    const changes = { clusterInformations, daemonSets };
    expect(said(await resultOf(code, await manifestFacts(changes))).join()).not.toMatch(/11750/);
    const { nodes } = await onDebian13();
    const result = await resultOf(code, await manifestFacts({ ...changes, replace: { nodes } }));
    const found = result.findings.find(({ message }) => /11750/.test(message));
    expect(found).toMatchObject({ severity: 'warning', objects: ['Node cp-1'] });
    expect(found?.message).toMatch(/^Calico v3\.31\.5 may not work on cp-1, whose own nft is newer/);
    expectActionable(result);
  });
});

test('an image of another version than the cluster tells: what is written depends on it', async () => {
  const clusterInformations = [clusterInformationObject('v3.32.1')];
  const result = await resultOf(code, await manifestFacts({ version: 'v3.31.7', clusterInformations }));
  expect(said(result)).toContainEqual(
    'blocker: Calico is v3.32.1 by ClusterInformation default, but DaemonSet kube-system/calico-node runs quay.io/calico/node:v3.31.7',
  );
  expectActionable(result);
});

test.each([
  'docker.io/rancher/hardened-calico:v3.31.7-build20260901',
  'quay.io/calico/node@sha256:0f5ccd6f2a6fd6ba5c6d0e7f3e5e0b6f0bd0ee7a6a0e5f0d3a2b1c0d9e8f7a6b',
])('image %s says nothing against the version', async (image) => {
  const daemonSets = [calicoNode({ namespace: 'kube-system', image })];
  expect((await resultOf(code, await manifestFacts({ daemonSets }))).verdict).toBe('ok');
});

test('a pre-release is said to be one', async () => {
  const clusterInformations = [clusterInformationObject('v3.33.0-0.dev')];
  const daemonSets = [calicoNode({ namespace: 'kube-system', image: 'quay.io/calico/node:master' })];
  const result = await resultOf(code, await manifestFacts({ clusterInformations, daemonSets }));
  expect(said(result)).toEqual(['warning: Calico v3.33.0-0.dev is a pre-release']);
});

test('without what has the version it is not known', async () => {
  expect((await resultOf(code, await manifestFacts({ without: ['clusterinformations'] }))).verdict).toBe('unknown');
});

/** The nodes of the export, the first of them on Debian 13. */
async function onDebian13() {
  const found = await (await exportedFacts()).objects({ apiVersion: 'v1', plural: 'nodes' });
  const nodes = found.map((node, index) =>
    index > 0
      ? node
      : {
          ...node,
          status: {
            nodeInfo: {
              kernelVersion: '6.12.48+deb13-amd64',
              kubeletVersion: 'v1.35.4',
              operatingSystem: 'linux',
              osImage: 'Debian GNU/Linux 13 (trixie)',
            },
          },
        },
  );
  return { nodes };
}
