import { expect, test } from 'vitest';
import { nodeObject } from '../../fixtures/objects/linux-node.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { said } from '../support/results.ts';

const code = 'PXS032';

test('a cordoned node is told of, and does not change the plan', async () => {
  const nodes = [nodeObject('a'), nodeObject('b', { unschedulable: true })];
  const result = await resultOf(code, await exportedFacts({ replace: { nodes } }));
  expect(said(result)).toEqual([expect.stringMatching(/^note: Cordoned, and migrated like the others: b;/)]);
  expect(result.findings[0]).toMatchObject({ objects: ['Node b'], command: 'kubectl uncordon NODE' });
});

test('nodes that take pods are fine', async () => {
  expect(await resultOf(code, await exportedFacts())).toMatchObject({ verdict: 'ok', saw: '0 of 3 nodes cordoned' });
});

test('without nodes it is not known', async () => {
  expect((await resultOf(code, await exportedFacts({ without: ['nodes'] }))).verdict).toBe('unknown');
});
