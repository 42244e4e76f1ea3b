import { expect, test } from 'vitest';
import { felixConfiguration } from '../../fixtures/objects/calico.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS070';

test('a node that is told otherwise would stay behind', async () => {
  const felixConfigurations = [
    felixConfiguration('node.worker-2', { bpfEnabled: true }),
    felixConfiguration('node.worker-1', { nftablesMode: 'Disabled' }),
  ];
  const result = await resultOf(code, await operatorFacts({ felixConfigurations }));
  expect(said(result)).toEqual([
    'blocker: FelixConfigurations that override default would keep their nodes from nftablesMode Enabled: node.worker-1 (nftablesMode: Disabled), node.worker-2 (bpfEnabled: true)',
  ]);
  expect(result.findings[0]?.objects).toEqual(['FelixConfiguration node.worker-1', 'FelixConfiguration node.worker-2']);
  expectActionable(result);
});

test('Enabled is not what the operator of 3.32 writes', async () => {
  const felixConfigurations = [felixConfiguration('node.worker-1', { nftablesMode: 'Enabled' })];
  const newer = await resultOf(code, await operatorFacts({ version: 'v3.32.1', felixConfigurations }));
  expect(said(newer)).toEqual([
    expect.stringMatching(/^blocker: .* from nftablesMode Auto: node\.worker-1 \(nftablesMode: Enabled\)$/),
  ]);
  const older = await resultOf(code, await operatorFacts({ version: 'v3.31.7', felixConfigurations }));
  expect(said(older)).toEqual([
    'note: A FelixConfiguration beside default already sets nftablesMode Enabled: node.worker-1',
  ]);
});

test('one with a nodeSelector overrides default as well', async () => {
  const felixConfigurations = [
    felixConfiguration('edge', { nodeSelector: "zone == 'edge'", nftablesMode: 'Disabled' }),
  ];
  const result = await resultOf(code, await manifestFacts({ version: 'v3.32.1', felixConfigurations }));
  expect(said(result)).toEqual([expect.stringMatching(/^blocker: .*: edge \(nftablesMode: Disabled\)$/)]);
  expectActionable(result);
});

test('other fields, nodes that are gone and names that Felix does not read are notes', async () => {
  const felixConfigurations = [
    felixConfiguration('node.worker-1', { iptablesBackend: 'NFT' }),
    felixConfiguration('node.gone', { nftablesMode: 'Disabled' }),
    felixConfiguration('stray', { nftablesMode: 'Disabled' }),
  ];
  const result = await resultOf(code, await operatorFacts({ felixConfigurations }));
  expect(said(result)).toEqual([
    'note: A FelixConfiguration beside default sets other things, and keeps them: node.worker-1',
    'note: A FelixConfiguration beside default applies to no Linux node of this cluster: node.gone, stray',
  ]);
});

test('default alone is fine, and so is no Calico', async () => {
  expect(await resultOf(code, await operatorFacts())).toMatchObject({ verdict: 'ok', saw: 'only default' });
  expect((await resultOf(code, await exportedFacts())).verdict).toBe('ok');
});

test.each(['felixconfigurations', 'nodes'])('without %s it is not known', async (kind) => {
  expect((await resultOf(code, await operatorFacts({ without: [kind] }))).verdict).toBe('unknown');
});
