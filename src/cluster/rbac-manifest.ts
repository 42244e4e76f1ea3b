import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import type { Permission } from './permissions.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Stands for the user where the API server does not say who it is. */
const UNKNOWN_USER = 'USER';

/** What everybody without credentials is: rights for it would be rights for whoever reaches the API server. */
const ANONYMOUS = 'system:anonymous';

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/**
 * A manifest that grants exactly these permissions to one user: a ClusterRole for what is cluster-wide, a Role in each
 * namespace, and their bindings.
 *
 * Its objects are named for what they grant. Applying a second manifest, after something else was found missing, so does
 * not take away what the first one granted.
 *
 * @param user as the API server knows it; undefined, or one without credentials: a placeholder stands for it
 * @returns YAML documents, in the order of the permissions
 */
export function rbacManifest(missing: readonly Permission[], user: string | undefined): string {
  const subject = subjectOf(user === undefined || user === ANONYMOUS ? UNKNOWN_USER : user);
  const documents = [...Map.groupBy(missing, ({ namespace }) => namespace)].flatMap(([namespace, permissions]) => {
    const rules = rulesOf(permissions);
    const metadata = {
      name: `proxyshift-missing-${hashOf({ rules, subject })}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/name': 'proxyshift' },
    };
    const kind = namespace === undefined ? 'ClusterRole' : 'Role';
    const roleRef = { apiGroup: rbac, kind, name: metadata.name };
    return [
      { apiVersion: `${rbac}/v1`, kind, metadata, rules },
      { apiVersion: `${rbac}/v1`, kind: `${kind}Binding`, metadata, roleRef, subjects: [subject] },
    ];
  });
  // Without references to what was written above: kubectl would take them, people would stumble over them.
  return documents.map((document) => stringify(document, { aliasDuplicateObjects: false })).join('---\n');
}

/** One rule for each resource and name, with all its verbs. */
function rulesOf(permissions: readonly Permission[]): Rule[] {
  const byResource = Map.groupBy(permissions, ({ group, resource, subresource, name }) =>
    JSON.stringify([group, resource, subresource, name]),
  );
  return [...byResource.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { group, resource, subresource, name } = first;
    return {
      apiGroups: [group],
      resources: [subresource === undefined ? resource : `${resource}/${subresource}`],
      ...(name === undefined ? {} : { resourceNames: [name] }),
      verbs: same.map(({ verb }) => verb),
    };
  });
}

function subjectOf(user: string): Record<string, string> {
  const account = /^system:serviceaccount:(?<namespace>[^:]+):(?<name>[^:]+)$/.exec(user)?.groups;
  if (account === undefined) return { apiGroup: rbac, kind: 'User', name: user };
  return { kind: 'ServiceAccount', name: account.name ?? '', namespace: account.namespace ?? '' };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 8);
}
