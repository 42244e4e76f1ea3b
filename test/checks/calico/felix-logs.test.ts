import { expect, test } from 'vitest';
import { Failure } from '../../../src/model/failure.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts, operatorCalico } from '../support/facts.ts';
import { operatorFacts } from './support.ts';

const forbidden = async () => {
  throw new Failure('Forbidden', 'May not get log of Pod calico-system/calico-node-cp-1');
};

test.each(['PXS026', 'PXS027'])(
  '%s: logs that may not be read are not taken for logs that say nothing',
  async (code) => {
    const facts = { ...healthyFacts({ calico: operatorCalico({ version: 'v3.31.7' }) }), felix: forbidden };
    const result = await resultOf(code, facts, { live: true });
    expect(result).toMatchObject({ verdict: 'unknown', findings: [{ unknown: true }] });
  },
);

test.each(['PXS026', 'PXS027'])('%s is skipped on an export, which has no logs', async (code) => {
  expect((await resultOf(code, await operatorFacts())).verdict).toBe('skipped');
});
