import { expect, test } from 'vitest';
import { calicoNodePod } from '../../fixtures/objects/calico.ts';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { expectActionable, said } from '../support/results.ts';
import { manifestFacts, operatorFacts } from './support.ts';

const code = 'PXS028';
const older = 'quay.io/calico/node:v3.31.6';
const newer = 'quay.io/calico/node:v3.31.7';

test.each([
  ['calico-system', operatorFacts],
  ['kube-system', manifestFacts],
] as const)('a pod of an older image in %s is found', async (namespace, factsOf) => {
  const pods = [calicoNodePod('cp-1', newer, namespace), calicoNodePod('worker-1', older, namespace)];
  const result = await resultOf(code, await factsOf({ pods }));
  expect(said(result)).toEqual([`blocker: calico-node runs ${older} on worker-1; ${newer} on cp-1`]);
  expect(result.findings[0]?.objects).toContain(`Pod ${namespace}/calico-node-worker-1`);
  expectActionable(result);
});

test('one image everywhere is fine, and so is no Calico', async () => {
  const result = await resultOf(code, await operatorFacts());
  expect(result).toMatchObject({ verdict: 'ok', saw: `3 pods, ${newer}` });
  expect((await resultOf(code, await exportedFacts())).verdict).toBe('ok');
});

test('pods of others do not count', async () => {
  const typha = {
    ...calicoNodePod('cp-1', older),
    metadata: { name: 'calico-typha-1', namespace: 'calico-system', uid: '5b1f0c52' },
  };
  const result = await resultOf(code, await operatorFacts({ pods: [calicoNodePod('cp-1', newer), typha] }));
  expect(result).toMatchObject({ verdict: 'ok', saw: `1 pod, ${newer}` });
});

test('an export with the pods of another namespace alone does not pass', async () => {
  const result = await resultOf(code, await operatorFacts({ pods: [] }));
  expect(result.verdict).toBe('unknown');
  expect(said(result)).toEqual([
    'blocker: Not known: DaemonSet calico-system/calico-node wants 3 pods, and none is there',
  ]);
});

test('without pods it is not known', async () => {
  expect((await resultOf(code, await operatorFacts({ without: ['pods'] }))).verdict).toBe('unknown');
});
