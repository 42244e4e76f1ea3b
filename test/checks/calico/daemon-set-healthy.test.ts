import { expect, test } from 'vitest';
import { calicoNode } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { operatorFacts } from './support.ts';

const code = 'PXS022';

test('a roll-out that has not ended stops a run', async () => {
  const status = { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberReady: 3 };
  const result = await resultOf(code, await operatorFacts({ daemonSets: [{ ...calicoNode(), status }] }));
  expect(said(result)).toEqual([
    expect.stringMatching(
      /^blocker: DaemonSet calico-system\/calico-node is not healthy: 2 of 3 pods are not of its current template/,
    ),
  ]);
  expectActionable(result);
});

test('a healthy one is fine', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({ verdict: 'ok', saw: '3 of 3 pods ready' });
});

test('without DaemonSets it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['daemonsets'] }))).verdict).toBe('unknown');
});
