import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  describePermission,
  eventPermissions,
  type Permission,
  probePermissions,
  requiredPermissions,
  rollingPermissions,
  roomPermissions,
  standbyPermissions,
} from '../../src/cluster/permissions.ts';
import { PROBE_NAMESPACE } from '../../src/model/probe-steps.ts';

const strings = z.array(z.string());
const ruleSchema = z.strictObject({
  apiGroups: strings,
  resources: strings,
  resourceNames: strings.optional(),
  verbs: strings,
});
const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()),
  }),
  rules: z.array(ruleSchema).optional(),
  roleRef: z.object({ kind: z.string(), name: z.string(), apiGroup: z.string() }).optional(),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })).optional(),
});

const documents = parseAllDocuments(await readFile('deploy/rbac.yaml', 'utf8'), { merge: false });
const objects = documents.map((document) => objectSchema.parse(document.toJS()));

/** Every permission of the roles with these labels that are bound to the ServiceAccount, one text each. */
function granted(parts: string[]): string[] {
  const chosen = objects.filter(({ metadata }) => parts.includes(metadata.labels['proxyshift.dev/needed-for'] ?? ''));
  return chosen
    .filter(({ kind, metadata }) =>
      chosen.some(
        ({ roleRef, subjects, metadata: binding }) =>
          roleRef?.kind === kind &&
          roleRef.name === metadata.name &&
          binding.namespace === metadata.namespace &&
          subjects?.length === 1 &&
          subjects[0]?.name === 'proxyshift' &&
          subjects[0].namespace === 'kube-system',
      ),
    )
    .flatMap(({ rules = [], metadata: { namespace } }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((path) =>
            resourceNames.flatMap((name) => verbs.map((verb) => text({ group, path, name, verb, namespace }))),
          ),
        ),
      ),
    )
    .sort();
}

function text({
  path,
  name,
  namespace,
  ...rest
}: {
  group: string;
  path: string;
  verb: string;
  name: string | undefined;
  namespace: string | undefined;
}) {
  const [resource = '', subresource] = path.split('/');
  const permission: Permission = {
    ...rest,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
  };
  return describePermission(permission);
}

test.each([
  ['none', ['every-cluster']],
  ['manifest', ['every-cluster', 'calico']],
  ['operator', ['every-cluster', 'calico', 'tigera-operator']],
] as const)('deploy/rbac.yaml grants what a run on Calico %s needs, and nothing more', (install, parts) => {
  const required = requiredPermissions(install, 'ebpf').map(describePermission).sort();
  expect(granted([...parts])).toEqual(required);
  expect(new Set(required).size).toBe(required.length);
});

test('strategy rolling needs one permission more, which a run in waves is not given', () => {
  expect(granted(['rolling'])).toEqual(rollingPermissions.map(describePermission));
});

test('hand-over make-before-break needs a permission more and can use another one, which a run by restarts is not given', () => {
  expect(granted(['make-before-break'])).toEqual(
    [...standbyPermissions, ...roomPermissions].map(describePermission).sort(),
  );
});

test('Events need two permissions more, which a run without them is not given', () => {
  expect(granted(['events'])).toEqual(eventPermissions.map(describePermission));
});

test('a probe needs a namespace and permissions in it alone, which a run without one is not given', () => {
  expect(granted(['probe'])).toEqual(probePermissions.map(describePermission).sort());
  expect(new Set(probePermissions.map(({ namespace }) => namespace))).toEqual(new Set([PROBE_NAMESPACE]));
});

test('what creates pods in the namespace of the probe cannot create any that harm a node', () => {
  const namespace = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === PROBE_NAMESPACE);
  expect(namespace?.metadata.labels).toMatchObject({
    'proxyshift.dev/needed-for': 'probe',
    'pod-security.kubernetes.io/enforce': 'restricted',
  });
});

test('nothing in deploy/rbac.yaml is a wildcard', () => {
  for (const { rules = [] } of objects) for (const rule of rules) expect(Object.values(rule).flat()).not.toContain('*');
});
