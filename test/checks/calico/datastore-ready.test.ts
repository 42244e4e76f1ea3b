import { expect, test } from 'vitest';
import { clusterInformationObject, datastoreMigration } from '../../fixtures/objects/calico.ts';
import { apiService, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS073';
const groups = [apiService('migration.projectcalico.org', 'v1beta1')];

test.each(['Pending', 'Migrating', 'WaitingForConflictResolution', 'Converged', 'Failed'])(
  'a datastore migration in phase %s stops a run',
  async (phase) => {
    const more = { datastoremigrations: [datastoreMigration(phase)] };
    const result = await resultOf(code, await operatorFacts({ version: 'v3.32.1', groups, more }));
    expect(said(result)).toEqual([
      expect.stringMatching(new RegExp(`^blocker: DatastoreMigration v1-to-v3 is in phase ${phase}`)),
    ]);
    expectActionable(result);
  },
);

test('a locked datastore stops a run', async () => {
  const clusterInformations = [clusterInformationObject('v3.31.7', { datastoreReady: false })];
  const result = await resultOf(code, await manifestFacts({ clusterInformations }));
  expect(said(result)).toEqual([
    expect.stringMatching(/^blocker: ClusterInformation default says that the datastore is not ready/),
  ]);
  expectActionable(result);
});

test('a finished migration, none, and a cluster that does not know the kind are fine', async () => {
  const more = { datastoremigrations: [datastoreMigration('Complete')] };
  expect((await resultOf(code, await operatorFacts({ version: 'v3.32.1', groups, more }))).verdict).toBe('ok');
  expect(await resultOf(code, await operatorFacts())).toMatchObject({
    verdict: 'ok',
    saw: 'no migration, datastoreReady: true',
  });
});

test('migrations that were not read are not known', async () => {
  expect((await resultOf(code, await operatorFacts({ version: 'v3.32.1', groups }))).verdict).toBe('unknown');
});
