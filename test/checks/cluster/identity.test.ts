import { describe, expect, it } from 'vitest';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';
import { healthyFacts } from '../support/facts.ts';

describe('PXS006', () => {
  it('says which live cluster it is', async () => {
    expect(await resultOf('PXS006', healthyFacts())).toMatchObject({
      verdict: 'ok',
      saw: 'staging at https://192.0.2.10:6443, uid 0f3c5a6e-1111-4222-8333-444455556666',
    });
  });

  it('says which cluster an export is of', async () => {
    const { verdict, saw } = await resultOf('PXS006', await exportedFacts());
    expect(verdict).toBe('ok');
    expect(saw).toMatch(/^export .*kubeadm, uid aa8dad9a-2f96-529f-a796-7c8cb7c0d372$/);
  });

  it.each([
    ['without namespaces', { without: ['namespaces'] }],
    ['without kube-system among them', { replace: { namespaces: [] } }],
  ])('notes that an export %s may be of any cluster', async (_, changes) => {
    const { verdict, findings } = await resultOf('PXS006', await exportedFacts(changes));
    expect(verdict).toBe('note');
    expect(findings).toEqual([
      {
        code: 'PXS006',
        severity: 'note',
        message: expect.stringMatching(/^Which cluster this is cannot be told: the export .*kubeadm has no Namespace/),
        objects: ['Namespace kube-system'],
        fix: 'Add the namespaces to the export',
        command: 'kubectl get namespaces -o yaml > namespaces.yaml',
      },
    ]);
  });
});
