import { describe, expect, it } from 'vitest';
import { exportedFacts, resultOf } from '../support/exported-facts.ts';

const check = async (version: string) => await resultOf('PXS002', await exportedFacts({ version }));

describe('PXS002', () => {
  it.each(['v1.33.0', 'v1.35.4', 'v1.34.2-eks-3f3a8a2', 'v1.36.3+k3s1'])('passes on %s', async (version) => {
    expect(await check(version)).toMatchObject({ verdict: 'ok', saw: `Kubernetes ${version}` });
  });

  it.each([
    ['v1.30.14', 'blocker', /has no nftables mode that is on by default/],
    ['v1.31.0', 'warning', /is beta in Kubernetes v1\.31\.0/],
    ['v1.32.9', 'warning', /is beta in Kubernetes v1\.32\.9/],
    ['unknown', 'blocker', /"unknown" cannot be read/],
  ])('says what %s lacks, and what to do', async (version, severity, message) => {
    const { findings } = await check(version);
    expect(findings).toEqual([
      {
        code: 'PXS002',
        severity,
        message: expect.stringMatching(message),
        objects: [],
        fix: expect.any(String),
        command: expect.stringMatching(/^kube(ctl|adm) /),
      },
    ]);
  });

  it('does not pass where an export has no version', async () => {
    const { kubernetesVersion: _, ...facts } = await exportedFacts();
    const unread = { ...facts, kubernetesVersion: () => Promise.reject(new Error('no version.yaml')) };
    expect((await resultOf('PXS002', unread)).verdict).toBe('unknown');
  });
});
