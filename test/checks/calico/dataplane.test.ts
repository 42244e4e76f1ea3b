import { expect, test } from 'vitest';
import { felixConfiguration, installationObject } from '../../fixtures/objects/calico.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS024';

test.each(['BPF', 'VPP'])('linuxDataplane %s is another migration', async (linuxDataplane) => {
  const installations = [installationObject({ network: { linuxDataplane } })];
  const result = await resultOf(code, await operatorFacts({ installations }));
  expect(said(result)).toEqual([`blocker: linuxDataplane is ${linuxDataplane}: proxyshift moves Iptables to Nftables`]);
  expectActionable(result);
});

test('eBPF of a manifest install is seen, though there is no Installation', async () => {
  const felixConfigurations = [felixConfiguration('default', { bpfEnabled: true })];
  const result = await resultOf(code, await manifestFacts({ felixConfigurations }));
  expect(said(result)).toEqual([expect.stringMatching(/^blocker: FelixConfiguration default has bpfEnabled: true/)]);
  expectActionable(result);
});

test('Iptables is fine', async () => {
  expect((await resultOf(code, await operatorFacts())).saw).toBe('linuxDataplane: Iptables, bpfEnabled: false');
  expect((await resultOf(code, await manifestFacts())).verdict).toBe('ok');
});

test('without FelixConfigurations it is not known', async () => {
  expect((await resultOf(code, await manifestFacts({ without: ['felixconfigurations'] }))).verdict).toBe('unknown');
});
