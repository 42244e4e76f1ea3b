import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { describePermission, requiredPermissions } from '../../../src/cluster/permissions.ts';
import { rbacManifest } from '../../../src/cluster/rbac-manifest.ts';
import { Failure } from '../../../src/model/failure.ts';
import { resultOf } from '../support/exported-facts.ts';
import { healthyFacts, operatorCalico } from '../support/facts.ts';

const needed = requiredPermissions('none');

function facts(more: Partial<ClusterFacts>, base = healthyFacts()): ClusterFacts {
  return { ...base, ...more };
}

describe('PXS001', () => {
  it('passes where nothing is missing, and asks nobody for a name', async () => {
    const userName = () => Promise.reject(new Error('not to be asked'));
    const result = await resultOf('PXS001', facts({ userName }), { only: ['cluster'] });
    expect(result).toMatchObject({ verdict: 'ok', saw: `${needed.length} of ${needed.length} permissions` });
  });

  it('names what is missing, with a manifest that grants exactly that to the worker', async () => {
    const missing = needed.filter(({ verb }) => verb === 'delete');
    const { verdict, findings } = await resultOf('PXS001', facts({ missing: async () => missing }), {
      only: ['cluster'],
    });
    expect(verdict).toBe('blocker');
    expect(findings).toEqual([
      {
        code: 'PXS001',
        severity: 'blocker',
        message: `Not permitted: ${missing.map(describePermission).join(', ')}`,
        objects: [],
        fix: 'Have an administrator of the cluster grant exactly what is missing to system:serviceaccount:kube-system:proxyshift',
        command: `kubectl apply -f - <<'EOF'\n${rbacManifest(missing, 'system:serviceaccount:kube-system:proxyshift')}EOF`,
      },
    ]);
    const [first = '', ...lines] = (findings[0]?.command ?? '').split('\n');
    expect([first, lines.pop()]).toEqual(["kubectl apply -f - <<'EOF'", 'EOF']);
    expect(parseAllDocuments(lines.join('\n')).flatMap((document) => document.errors)).toEqual([]);
  });

  it('leaves a place for the name where the API server does not tell it', async () => {
    const more = { missing: async () => needed.slice(0, 1), userName: async () => undefined };
    const { findings } = await resultOf('PXS001', facts(more), { only: ['cluster'] });
    expect(findings[0]?.fix).toContain('instead of USER');
    expect(findings[0]?.command).toContain('name: USER');
  });

  it('asks for what the kind of Calico needs', async () => {
    const asked: number[] = [];
    const missing = async (permissions: readonly unknown[]) => {
      asked.push(permissions.length);
      return [];
    };
    for (const calico of [{ value: undefined }, operatorCalico({ version: 'v3.31.7' })]) {
      await resultOf('PXS001', facts({ missing }, healthyFacts({ calico })), { only: ['cluster'] });
    }
    expect(asked).toEqual([needed.length, requiredPermissions('operator').length]);
  });

  it.each([
    ['missing', { missing: () => Promise.reject(new Failure('Forbidden', 'no reviews')) }],
    ['userName', { missing: async () => needed, userName: () => Promise.reject(new Failure('Forbidden', 'no name')) }],
  ])('does not pass where %s cannot be asked', async (_, more) => {
    expect((await resultOf('PXS001', facts(more), { only: ['cluster'] })).verdict).toBe('unknown');
  });

  it('is skipped on an export', async () => {
    expect((await resultOf('PXS001', healthyFacts())).verdict).toBe('skipped');
  });
});
