import { expect, test } from 'vitest';
import { tigeraStatus } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS023';

test('an operator that is Degraded for Calico itself stops a run', async () => {
  const result = await resultOf(code, await operatorFacts({ tigeraStatuses: [tigeraStatus('calico', true)] }));
  expect(said(result)).toEqual([expect.stringMatching(/^blocker: TigeraStatus calico is Degraded: ResourceNotReady/)]);
  expectActionable(result);
});

test('what is Degraded beside it is told by name, without a text that flutters', async () => {
  const tigeraStatuses = [tigeraStatus('calico'), tigeraStatus('tiers', true), tigeraStatus('apiserver', true)];
  const result = await resultOf(code, await operatorFacts({ tigeraStatuses }));
  expect(said(result)).toEqual(['note: The Tigera operator says Degraded of apiserver, tiers']);
  expect(result.findings[0]?.objects).toEqual(['TigeraStatus apiserver', 'TigeraStatus tiers']);
  expectActionable(result);
});

test('a settled operator is fine, and so is none', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({
    verdict: 'ok',
    saw: 'TigeraStatus calico is Available for generation 3',
  });
  expect((await resultOf(code, await manifestFacts())).verdict).toBe('ok');
});

test('without TigeraStatuses it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['tigerastatuses'] }))).verdict).toBe('unknown');
});
