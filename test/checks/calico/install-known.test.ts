import { expect, test } from 'vitest';
import { calicoNode, clusterInformationObject, installationObject } from '../../fixtures/objects/calico.ts';
import { apiService, exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS020';

test('a cluster without Calico is migrated without it', async () => {
  expect(await resultOf(code, await exportedFacts())).toMatchObject({ verdict: 'ok', saw: 'no Calico' });
});

test('whether there is none is not known where its API groups were not exported', async () => {
  expect(await resultOf(code, await exportedFacts({ without: ['apiservices'] }))).toMatchObject({ verdict: 'unknown' });
});

test('both kinds of install are told apart', async () => {
  const operator = await resultOf(code, await operatorFacts());
  expect(operator).toMatchObject({ verdict: 'ok', saw: 'Calico v3.31.7, operator install' });
  const manifest = await resultOf(code, await manifestFacts({ version: 'v3.32.1' }));
  expect(manifest).toMatchObject({ verdict: 'ok', saw: 'Calico v3.32.1, manifest install' });
});

test('both kinds at once are a move that has not ended', async () => {
  const daemonSets = [calicoNode(), calicoNode({ namespace: 'kube-system' })];
  const result = await resultOf(code, await operatorFacts({ daemonSets }));
  expect(said(result)).toEqual([expect.stringMatching(/^blocker: Calico is installed twice/)]);
  expectActionable(result);
});

test.each(['TigeraSecureEnterprise', 'CalicoEnterprise'])(
  'variant %s has versions of its own, so it is refused',
  async (variant) => {
    const installations = [installationObject({ variant, version: 'v3.23.0' })];
    const result = await resultOf(code, await operatorFacts({ installations }));
    expect(said(result)).toEqual([
      expect.stringMatching(new RegExp(`^blocker: The Installation is of variant ${variant}`)),
    ]);
    expectActionable(result);
  },
);

test.each(['', 'latest'])('a version that reads %j is not guessed', async (version) => {
  const result = await resultOf(
    code,
    await manifestFacts({ clusterInformations: [clusterInformationObject(version)] }),
  );
  expect(result.verdict).toBe('blocker');
  expectActionable(result);
});

test('native CRDs of projectcalico.org/v3 are not taken for a Calico without configuration', async () => {
  const groups = {
    apiservices: [apiService('apps'), apiService('projectcalico.org', 'v3'), apiService('operator.tigera.io')],
  };
  const alone = await operatorFacts({
    version: 'v3.32.1',
    replace: groups,
    without: ['felixconfigurations', 'clusterinformations'],
  });
  const env = [{ name: 'CALICO_API_GROUP', value: 'projectcalico.org/v3' }];
  const told = await operatorFacts({
    version: 'v3.32.1',
    daemonSets: [calicoNode({ env, image: 'quay.io/calico/node:v3.32.1' })],
  });
  const manifest = await manifestFacts({ replace: groups, without: ['felixconfigurations', 'clusterinformations'] });
  for (const facts of [alone, told, manifest]) {
    const result = await resultOf(code, facts);
    expect(said(result)).toEqual([
      expect.stringMatching(/^blocker: Calico keeps its configuration in projectcalico\.org\/v3 itself/),
    ]);
    expectActionable(result);
  }
});

test.each(['daemonsets', 'installations', 'apiservices'])('without %s nothing is known', async (kind) => {
  expect((await resultOf(code, await operatorFacts({ without: [kind] }))).verdict).toBe('unknown');
});

test('kinds of Calico without its DaemonSet are told, since Calico is left out then', async () => {
  const facts = await exportedFacts({ add: { apiservices: [apiService('crd.projectcalico.org')] } });
  const result = await resultOf(code, facts);
  expect(said(result)).toEqual([expect.stringMatching(/^note: The API server knows Calico's kinds, but there is no/)]);
});
