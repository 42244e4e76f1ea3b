import { expect, test } from 'vitest';
import { installationObject, overlayObject } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS071';
const withOverlay = (spec: Record<string, unknown>, version: 'v3.30.7' | 'v3.31.7' = 'v3.31.7') =>
  operatorFacts({ version, installations: [installationObject({ version }), overlayObject(spec)] });

test.each(['Iptables', 'BPF'])(
  'an overlay that sets %s keeps the switch from taking effect',
  async (linuxDataplane) => {
    const result = await resultOf(code, await withOverlay({ calicoNetwork: { linuxDataplane } }));
    expect(said(result)).toEqual([
      `blocker: Installation overlay sets linuxDataplane ${linuxDataplane}, which wins over default: the switch would not take effect`,
    ]);
    expectActionable(result);
  },
);

test('an overlay with the timeout that 3.30 refuses is a blocker there only', async () => {
  const spec = { calicoNetwork: { linuxPolicySetupTimeoutSeconds: 30 } };
  const refused = await resultOf(code, await withOverlay(spec, 'v3.30.7'));
  expect(said(refused)).toEqual([expect.stringMatching(/^blocker: .* linuxPolicySetupTimeoutSeconds 30/)]);
  expect((await resultOf(code, await withOverlay(spec))).verdict).toBe('warning');
});

test('an overlay that sets other things is told of', async () => {
  const result = await resultOf(code, await withOverlay({ nodeMetricsPort: 9091 }));
  expect(said(result)).toEqual([expect.stringMatching(/^warning: Installation overlay is merged over default/)]);
  expectActionable(result);
});

test('no overlay is fine, and so are manifests', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({ verdict: 'ok', saw: 'there is none' });
  expect((await resultOf(code, await manifestFacts())).verdict).toBe('ok');
});

test('without Installations it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['installations'] }))).verdict).toBe('unknown');
});
