import { expect, it } from 'vitest';
import { adviceOf } from '../../src/model/advice.ts';

it.each([
  [{ fix: 'Look at it with: kubectl get nodes' }, { fix: 'Look at it with:', command: 'kubectl get nodes' }],
  [
    { fix: 'Look: kubectl get a', command: 'kubectl get b' },
    { fix: 'Look: kubectl get a', command: 'kubectl get b' },
  ],
  [{ fix: 'Mend it: it is broken' }, { fix: 'Mend it: it is broken' }],
  [{ fix: 'It is `a: kubectl get b`, or so' }, { fix: 'It is `a: kubectl get b`, or so' }],
  [{ command: 'kubectl get b' }, { command: 'kubectl get b' }],
  [{}, {}],
])('%j is %j', (finding, advice) => expect(adviceOf(finding)).toEqual(advice));
