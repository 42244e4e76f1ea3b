import { expect, test } from 'vitest';
import { operatorDeployment, type Release, releases } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS076';
const operator = (version: string, available = 1) => [
  operatorDeployment(`quay.io/tigera/operator:${version}`, available),
];

test.each(Object.entries(releases) as [Release, string][])(
  'Calico %s by operator %s is fine',
  async (version, image) => {
    expect(await resultOf(code, await operatorFacts({ version }))).toMatchObject({
      verdict: 'ok',
      saw: `quay.io/tigera/operator:${image}, 1 available`,
    });
  },
);

test('an operator that writes another mode than the plan waits for is a blocker', async () => {
  const result = await resultOf(code, await operatorFacts({ version: 'v3.31.7', deployments: operator('v1.42.4') }));
  expect(said(result)).toEqual(['blocker: The Tigera operator is 1.42.4, which does not ship Calico v3.31.7']);
  expectActionable(result);
});

test('an operator of another minor that writes the same mode is a note', async () => {
  const result = await resultOf(code, await operatorFacts({ version: 'v3.30.7', deployments: operator('v1.40.15') }));
  expect(said(result)).toEqual(['note: The Tigera operator is 1.40.15, which does not ship Calico v3.30.7']);
});

test('a newer operator than the table knows, and an image without a version, are not judged', async () => {
  for (const deployments of [operator('v1.50.0'), operator('master')]) {
    expect((await resultOf(code, await operatorFacts({ deployments }))).verdict).toBe('ok');
  }
});

test('an operator that does not run would leave the switch undone, though its TigeraStatus says Available', async () => {
  const facts = await operatorFacts({ deployments: operator('v1.40.15', 0) });
  const result = await resultOf(code, facts);
  expect(said(result)).toEqual([
    expect.stringMatching(/^blocker: Deployment tigera-operator\/tigera-operator is not available/),
  ]);
  expectActionable(result);
  expect((await resultOf('PXS023', facts)).verdict).toBe('ok');
});

test('an operator elsewhere is told of; manifests have none', async () => {
  expect((await resultOf(code, await operatorFacts({ deployments: [] }))).verdict).toBe('note');
  expect(await resultOf(code, await manifestFacts())).toMatchObject({ verdict: 'ok', saw: 'no operator' });
});

test('without Deployments it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['deployments'] }))).verdict).toBe('unknown');
});
