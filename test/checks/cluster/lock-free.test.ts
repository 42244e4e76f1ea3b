import { describe, expect, it } from 'vitest';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { Failure } from '../../../src/model/failure.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts } from '../support/facts.ts';

/** The Lease as `acquireLock` makes it and a kube-apiserver 1.35 gives it back. */
const lease = (spec: Record<string, string>): PlainObject => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'proxyshift', namespace: 'kube-system', uid: '5f1c0a52-0000-4000-8000-000000000001' },
  spec,
});
const held = { holderIdentity: 'proxyshift/staging/0198-run', acquireTime: '2026-11-20T08:00:11.000000Z' };

const withLease = (object: PlainObject) => healthyFacts({ objects: { 'Lease kube-system/proxyshift': object } });

describe('PXS008', () => {
  it('passes where there is no Lease', async () => {
    const result = await resultOf('PXS008', healthyFacts(), { only: ['cluster'] });
    expect(result).toMatchObject({ verdict: 'ok', saw: 'nobody holds it' });
  });

  it.each([
    ['by a run', held, 'proxyshift/staging/0198-run since 2026-11-20T08:00:11.000000Z'],
    ['by whoever made it by hand', {}, '? since ?'],
  ])('names who holds it: %s', async (_, spec: Record<string, string>, who) => {
    const { verdict, findings } = await resultOf('PXS008', withLease(lease(spec)), { only: ['cluster'] });
    expect(verdict).toBe('blocker');
    expect(findings).toEqual([
      {
        code: 'PXS008',
        severity: 'blocker',
        message: `Another run holds the lock of this cluster: held by ${who}`,
        objects: ['Lease kube-system/proxyshift'],
        fix: expect.stringContaining('only if it is gone for good'),
        command: `proxyshift start staging --take-over '${spec.holderIdentity ?? '?'}'`,
      },
    ]);
  });

  it('names the Temporal of the run, and for whom it runs', async () => {
    const annotations = {
      'proxyshift.dev/requester': 'ada@example.com',
      'proxyshift.dev/temporal-address': 'temporal.example.com:7233',
      'proxyshift.dev/temporal-namespace': 'operations',
    };
    const object = lease(held);
    const annotated = { ...object, metadata: { ...object.metadata, annotations } };
    expect((await resultOf('PXS008', withLease(annotated), { only: ['cluster'] })).saw).toBe(
      'held by proxyshift/staging/0198-run since 2026-11-20T08:00:11.000000Z for ada@example.com, ' +
        'in namespace operations of Temporal at temporal.example.com:7233',
    );
  });

  it('warns, and blocks no longer, where the requester has named this very holder', async () => {
    const named = (takeOverLock: string) =>
      resultOf('PXS008', { ...withLease(lease(held)), takeOverLock }, { only: ['cluster'] });
    expect(await named(held.holderIdentity)).toMatchObject({
      verdict: 'warning',
      findings: [{ message: expect.stringContaining(held.holderIdentity) }],
    });
    expect((await named('proxyshift/staging/another-run')).verdict).toBe('blocker');
  });

  it.each([
    ['may not be read', { object: () => Promise.reject(new Failure('Forbidden', 'no leases')) }],
    ['is something else', { object: async () => ({ metadata: { name: 'proxyshift' }, spec: 'held' }) }],
  ])('does not pass where the Lease %s', async (_, more) => {
    expect((await resultOf('PXS008', { ...healthyFacts(), ...more }, { only: ['cluster'] })).verdict).toBe('unknown');
  });

  it('is skipped on an export', async () => {
    expect((await resultOf('PXS008', healthyFacts())).verdict).toBe('skipped');
  });
});
