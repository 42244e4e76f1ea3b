import { expect, test } from 'vitest';
import { calicoNode, clusterInformationObject, felixConfiguration } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS072';

test('3.30 leaves rules that drop traffic of new pods', async () => {
  for (const facts of [await operatorFacts({ version: 'v3.30.7' }), await manifestFacts({ version: 'v3.30.7' })]) {
    const result = await resultOf(code, facts);
    expect(said(result)).toEqual([
      expect.stringMatching(/^warning: Calico v3\.30\.7 leaves its iptables rules behind .*\(calico#10530\)/),
    ]);
    expectActionable(result);
  }
});

/** Calico of manifests in a version that PXS021 refuses, unless that is set aside. */
const older = (version: string) =>
  manifestFacts({
    clusterInformations: [clusterInformationObject(version)],
    daemonSets: [calicoNode({ namespace: 'kube-system', image: `quay.io/calico/node:${version}` })],
  });

test('3.29 is judged too, for who sets the refusal of PXS021 aside', async () => {
  const result = await resultOf(code, await older('v3.29.7'));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: Calico v3\.29\.7 leaves its iptables rules behind/)]);
});

test.each([code, 'PXS043'])('%s has nothing to say of 3.28, which has no nftables dataplane', async (which) => {
  expect(await resultOf(which, await older('v3.28.5'))).toMatchObject({
    verdict: 'ok',
    saw: 'Calico v3.28.5, which has no nftables dataplane',
  });
});

test('a 3.30 that is in nftables already has nothing to leave', async () => {
  const felixConfigurations = [felixConfiguration('default', { nftablesMode: 'Enabled' })];
  expect(await resultOf(code, await operatorFacts({ version: 'v3.30.7', felixConfigurations }))).toMatchObject({
    verdict: 'ok',
    saw: 'it runs nftables already',
  });
});

test.each(['v3.31.7', 'v3.32.1'] as const)('%s cleans up', async (version) => {
  expect(await resultOf(code, await operatorFacts({ version }))).toMatchObject({
    verdict: 'ok',
    saw: `Calico ${version} does`,
  });
});

test('without FelixConfigurations it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['felixconfigurations'] }))).verdict).toBe('unknown');
});
