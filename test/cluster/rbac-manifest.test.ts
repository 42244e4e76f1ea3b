import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { describePermission, type Permission, requiredPermissions } from '../../src/cluster/permissions.ts';
import { rbacManifest } from '../../src/cluster/rbac-manifest.ts';

const metadataSchema = z.looseObject({ name: z.string(), namespace: z.string().optional() });
const roleSchema = z.strictObject({
  apiVersion: z.literal('rbac.authorization.k8s.io/v1'),
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: metadataSchema,
  rules: z.array(
    z.strictObject({
      apiGroups: z.tuple([z.string()]),
      resources: z.tuple([z.string()]),
      resourceNames: z.tuple([z.string()]).optional(),
      verbs: z.array(z.string()),
    }),
  ),
});
const bindingSchema = z.strictObject({
  apiVersion: z.literal('rbac.authorization.k8s.io/v1'),
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata: metadataSchema,
  roleRef: z.strictObject({
    apiGroup: z.literal('rbac.authorization.k8s.io'),
    kind: z.enum(['Role', 'ClusterRole']),
    name: z.string(),
  }),
  subjects: z.tuple([z.record(z.string(), z.string())]),
});

function read(manifest: string) {
  const objects = parseAllDocuments(manifest).map((document): unknown => document.toJS());
  return {
    roles: objects.flatMap((object) => roleSchema.safeParse(object).data ?? []),
    bindings: objects.flatMap((object) => bindingSchema.safeParse(object).data ?? []),
    count: objects.length,
  };
}

/** What the roles of a manifest grant, as far as a binding of the same scope hands it to somebody. */
function granted(manifest: string): string[] {
  const { roles, bindings, count } = read(manifest);
  expect(roles.length + bindings.length).toBe(count);
  const bound = roles.filter(({ kind, metadata }) =>
    bindings.some(
      ({ roleRef, metadata: { namespace } }) =>
        roleRef.kind === kind && roleRef.name === metadata.name && namespace === metadata.namespace,
    ),
  );
  return bound.flatMap(({ metadata: { namespace }, rules }) =>
    rules.flatMap(({ apiGroups: [group], resources: [path], resourceNames, verbs }) => {
      const [resource = '', subresource] = path.split('/');
      const name = resourceNames?.[0];
      return verbs.map((verb) =>
        describePermission({
          group,
          resource,
          verb,
          ...(subresource === undefined ? {} : { subresource }),
          ...(namespace === undefined ? {} : { namespace }),
          ...(name === undefined ? {} : { name }),
        } satisfies Permission),
      );
    }),
  );
}

const worker = 'system:serviceaccount:kube-system:proxyshift';
const all = requiredPermissions('operator');

describe('rbacManifest', () => {
  test.each([
    ['everything', all],
    ['a single verb', all.slice(0, 1)],
    ['every third', all.filter((_, index) => index % 3 === 0)],
    ['what is in namespaces only', all.filter(({ namespace }) => namespace !== undefined)],
    ['nothing', []],
  ])('grants exactly what is missing: %s', (_, missing) => {
    expect(granted(rbacManifest(missing, worker)).sort()).toEqual(missing.map(describePermission).sort());
  });

  test('has one rule for the verbs of a resource', () => {
    const { roles } = read(rbacManifest(all, worker));
    const places = roles.flatMap(({ metadata, rules }) =>
      rules.map(({ apiGroups, resources, resourceNames }) =>
        JSON.stringify([metadata.namespace, apiGroups, resources, resourceNames]),
      ),
    );
    expect(new Set(places).size).toBe(places.length);
  });

  test.each([
    [worker, { kind: 'ServiceAccount', name: 'proxyshift', namespace: 'kube-system' }],
    ['oncall@example.com', { kind: 'User', name: 'oncall@example.com' }],
    // Not a ServiceAccount: its name has a part too many.
    ['system:serviceaccount:a:b:c', { kind: 'User', name: 'system:serviceaccount:a:b:c' }],
    ["o'neill: #1\n- x", { kind: 'User', name: "o'neill: #1\n- x" }],
    [undefined, { kind: 'User', name: 'USER' }],
    // It would be everybody.
    ['system:anonymous', { kind: 'User', name: 'USER' }],
  ])('binds to the user that the API server names: %j', (user, subject) => {
    const { bindings } = read(rbacManifest(all, user));
    expect(bindings.length).toBeGreaterThan(1);
    for (const { subjects } of bindings) expect(subjects[0]).toMatchObject(subject);
    for (const { subjects } of bindings) expect(subjects[0].apiGroup === undefined).toBe(subject.kind !== 'User');
  });

  test('a second manifest takes away nothing that the first one granted', () => {
    const names = (missing: readonly Permission[], user = worker) =>
      read(rbacManifest(missing, user)).roles.map(({ metadata }) => metadata.name);
    const [first, second] = [names(all.slice(0, 1)), names(all.slice(1, 2))];
    expect(first).not.toEqual(second);
    expect(names(all.slice(0, 1), 'somebody-else')).not.toEqual(first);
    expect(names(all.slice(0, 1))).toEqual(first);
  });

  test('has no anchors, and nothing at the start of a line that would end a here-document', () => {
    const manifest = rbacManifest(all, 'EOF\nEOF');
    expect(manifest).not.toMatch(/[&*]a\d/);
    expect(manifest.split('\n')).not.toContain('EOF');
  });
});
