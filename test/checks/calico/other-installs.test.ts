import { expect, test } from 'vitest';
import { canal, otherDaemonSet } from '../../fixtures/objects/calico.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS075';

test('Canal is not taken for a cluster without Calico', async () => {
  const result = await resultOf(code, await exportedFacts({ add: { daemonsets: [canal] } }));
  expect(said(result)).toEqual([
    expect.stringMatching(
      /^blocker: Felix runs in DaemonSet kube-system\/canal, with flannel \(Canal\): proxyshift does not switch it/,
    ),
  ]);
  expectActionable(result);
});

test('a Felix elsewhere is named too', async () => {
  const elsewhere = otherDaemonSet({ namespace: 'networking', name: 'calico-node' }, [
    { name: 'calico-node', image: 'quay.io/calico/node:v3.31.7' },
  ]);
  const result = await resultOf(code, await exportedFacts({ add: { daemonsets: [elsewhere] } }));
  expect(result.findings[0]).toMatchObject({ severity: 'blocker', objects: ['DaemonSet networking/calico-node'] });
  expect(result.findings[0]?.message).not.toMatch(/Canal/);
});

test("Calico's own installs, and a cluster without it, are fine", async () => {
  for (const facts of [await exportedFacts(), await operatorFacts(), await manifestFacts()]) {
    expect(await resultOf(code, facts)).toMatchObject({ verdict: 'ok', saw: 'no other Felix' });
  }
});

test('without DaemonSets it is not known', async () => {
  expect((await resultOf(code, await exportedFacts({ without: ['daemonsets'] }))).verdict).toBe('unknown');
});
