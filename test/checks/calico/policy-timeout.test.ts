import { expect, test } from 'vitest';
import { installationObject } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS029';
const withTimeout = (version: 'v3.30.7' | 'v3.31.7' | 'v3.32.1', network: Record<string, unknown>) =>
  operatorFacts({ version, installations: [installationObject({ version, network })] });

test('the 0 that operator 1.38 writes by itself is a note: the patch removes it', async () => {
  const result = await resultOf(code, await operatorFacts({ version: 'v3.30.7' }));
  expect(said(result)).toEqual([
    expect.stringMatching(/^note: .*refuses Nftables while .* is set \(0\): the patch removes it/),
  ]);
});

test('a timeout that somebody chose is lost on 3.30, which pods notice', async () => {
  const result = await resultOf(code, await withTimeout('v3.30.7', { linuxPolicySetupTimeoutSeconds: 30 }));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: .*is set \(30\).*no longer wait for their policies/)]);
  expectActionable(result);
});

test('operators 1.40 and 1.42 leave it there', async () => {
  for (const version of ['v3.31.7', 'v3.32.1'] as const) {
    const result = await resultOf(code, await withTimeout(version, { linuxPolicySetupTimeoutSeconds: 30 }));
    expect(result).toMatchObject({ verdict: 'ok', saw: 'linuxPolicySetupTimeoutSeconds: 30' });
  }
});

test('an Installation without it, and manifests, are fine', async () => {
  const without = await withTimeout('v3.30.7', { linuxDataplane: 'Nftables', linuxPolicySetupTimeoutSeconds: null });
  for (const facts of [without, await manifestFacts({ version: 'v3.30.7' })]) {
    expect((await resultOf(code, facts)).verdict).toBe('ok');
  }
});

test('without Installations it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['installations'] }))).verdict).toBe('unknown');
});
