import { expect, test } from 'vitest';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { proxyFacts, type TextChange } from './support.ts';

const code = 'PXS056';
const nodes = [nodeObject('a'), nodeObject('b', { kernelVersion: '5.15.0-139-generic' })];
const liberal: TextChange[] = [['tcpBeLiberal: false', 'tcpBeLiberal: true']];

test('connections that may be reset are worth a line in the ConfigMap', async () => {
  const result = await resultOf(code, await proxyFacts({ replace: { nodes } }));
  expect(said(result)).toEqual([
    'warning: With a kernel older than 6.1 and without conntrack.tcpBeLiberal, nftables mode may now and then reset connections to Services: b (5.15.0-139-generic)',
  ]);
  expect(result.findings[0]?.objects).toEqual(['Node b']);
  expectActionable(result);
});

test('with the line, or with newer kernels, nothing is to be said', async () => {
  expect((await resultOf(code, await proxyFacts({ config: liberal, replace: { nodes } }))).verdict).toBe('ok');
  expect((await resultOf(code, await proxyFacts())).verdict).toBe('ok');
});

test.each(['configmaps', 'nodes'])('without %s it is not known', async (plural) => {
  expect((await resultOf(code, await proxyFacts({ without: [plural] }))).verdict).toBe('unknown');
});
