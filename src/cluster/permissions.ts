import { PROBE_NAMESPACE } from '../model/probe-steps.ts';
import type { Target } from '../model/request.ts';
import type { Cluster } from './connect.ts';

/** How Calico was installed: decides which permissions a run needs. */
export type CalicoInstall = 'none' | 'operator' | 'manifest';

/** One thing that proxyshift must be allowed to do. */
export interface Permission {
  /** API group; empty for the core group. */
  group: string;
  resource: string;
  subresource?: string;
  verb: string;
  /** Absent: cluster-wide, or a cluster-scoped kind. */
  namespace?: string;
  /** Absent: any name. */
  name?: string;
}

/** A row of the table: several verbs on one resource. */
interface Rule extends Omit<Permission, 'verb'> {
  verbs: readonly string[];
}

const kubeSystem = 'kube-system';
const calicoSystem = 'calico-system';
const tigeraOperator = 'tigera-operator';
const calicoCrds = 'crd.projectcalico.org';
const operatorGroup = 'operator.tigera.io';

/** Needed on every cluster. `deploy/rbac.yaml` grants exactly this table; a test compares the two. */
const base: readonly Rule[] = [
  { group: '', resource: 'namespaces', name: kubeSystem, verbs: ['get'] },
  { group: '', resource: 'nodes', verbs: ['get', 'list', 'watch'] },
  { group: 'apps', resource: 'daemonsets', verbs: ['get', 'list'] },
  { group: '', resource: 'services', verbs: ['list'] },
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'] },
  { group: '', resource: 'pods', namespace: kubeSystem, verbs: ['list', 'watch', 'delete'] },
  { group: '', resource: 'pods', subresource: 'log', namespace: kubeSystem, verbs: ['get'] },
  // `create` from Kubernetes 1.35 (AuthorizePodWebsocketUpgradeCreatePermission), `get` before.
  { group: '', resource: 'pods', subresource: 'portforward', namespace: kubeSystem, verbs: ['get', 'create'] },
  // The names of snapshots are not known beforehand; `list`: the newest one is looked for by a rollback of an ended run.
  { group: '', resource: 'configmaps', namespace: kubeSystem, verbs: ['get', 'list', 'create'] },
  { group: '', resource: 'configmaps', namespace: kubeSystem, name: 'kube-proxy', verbs: ['patch'] },
  { group: 'coordination.k8s.io', resource: 'leases', namespace: kubeSystem, verbs: ['create'] },
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: kubeSystem,
    name: 'proxyshift',
    // `patch`: a lock that is taken over from a run that is gone.
    verbs: ['get', 'patch', 'delete'],
  },
];

/** Needed where a cluster's `rollout.strategy` is `rolling`: an annotation of the template, as `kubectl rollout restart` sets it. */
export const rollingPermissions: readonly Permission[] = [
  { group: 'apps', resource: 'daemonsets', namespace: kubeSystem, name: 'kube-proxy', verb: 'patch' },
];

/**
 * Needed where `rollout.handover` is `make-before-break`. Whoever may create pods in kube-system may be root on every node, so
 * it is a role of its own. RBAC knows neither labels nor what is in a pod.
 */
export const standbyPermissions: readonly Permission[] = [
  { group: '', resource: 'pods', namespace: kubeSystem, verb: 'create' },
];

/** What tells beforehand which nodes have no room for a stand-by. Without it their kubelets say so, when it is tried. */
export const roomPermissions: readonly Permission[] = [{ group: '', resource: 'pods', verb: 'list' }];

/**
 * Needed where a receiver of type `events` is told of a cluster's runs. Without it Events are not written, and the report says so.
 * Those of nodes and of the Installation, which have no namespace, are in `default`.
 */
export const eventPermissions: readonly Permission[] = [
  { group: '', resource: 'events', namespace: 'default', verb: 'create' },
  { group: '', resource: 'events', namespace: kubeSystem, verb: 'create' },
];

/**
 * Needed where clusters.yaml has a `probe`: in a namespace of its own, which the administrator makes, and which lets in restricted
 * pods alone. RBAC knows nothing of what is in a pod.
 */
export const probePermissions: readonly Permission[] = verbByVerb([
  // Whether it is there: a Role in it can grant this, since the namespace of the request is the one that is asked for.
  { group: '', resource: 'namespaces', namespace: PROBE_NAMESPACE, name: PROBE_NAMESPACE, verbs: ['get'] },
  // `create`: as a dry run, which tells beforehand whether admission lets one in.
  { group: '', resource: 'pods', namespace: PROBE_NAMESPACE, verbs: ['list', 'watch', 'create'] },
  { group: '', resource: 'pods', subresource: 'log', namespace: PROBE_NAMESPACE, verbs: ['get'] },
  { group: '', resource: 'services', namespace: PROBE_NAMESPACE, verbs: ['create'] },
  {
    group: '',
    resource: 'services',
    namespace: PROBE_NAMESPACE,
    name: 'proxyshift-probe',
    verbs: ['get', 'delete'],
  },
  { group: 'apps', resource: 'deployments', namespace: PROBE_NAMESPACE, verbs: ['create'] },
  {
    group: 'apps',
    resource: 'deployments',
    namespace: PROBE_NAMESPACE,
    name: 'proxyshift-probe-backend',
    verbs: ['get', 'delete'],
  },
  { group: 'apps', resource: 'daemonsets', namespace: PROBE_NAMESPACE, verbs: ['create'] },
  {
    group: 'apps',
    resource: 'daemonsets',
    namespace: PROBE_NAMESPACE,
    name: 'proxyshift-probe',
    verbs: ['get', 'delete'],
  },
]);

/** Needed wherever Calico is. */
const calico: readonly Rule[] = [
  // `default` on a manifest install, and node.<canary> for as long as the canary goes alone: RBAC knows no prefix, and the
  // canary is not known beforehand.
  {
    group: calicoCrds,
    resource: 'felixconfigurations',
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { group: calicoCrds, resource: 'clusterinformations', verbs: ['get'] },
  { group: 'migration.projectcalico.org', resource: 'datastoremigrations', verbs: ['list'] },
];

/** Needed with the Tigera operator. */
const operator: readonly Rule[] = [
  { group: operatorGroup, resource: 'installations', verbs: ['get'] },
  { group: operatorGroup, resource: 'installations', name: 'default', verbs: ['patch'] },
  { group: operatorGroup, resource: 'tigerastatuses', verbs: ['get', 'list', 'watch'] },
  { group: '', resource: 'pods', namespace: calicoSystem, verbs: ['list'] },
  { group: '', resource: 'pods', subresource: 'log', namespace: calicoSystem, verbs: ['get'] },
  { group: 'apps', resource: 'deployments', namespace: tigeraOperator, name: 'tigera-operator', verbs: ['get'] },
];

/** Needed only on the way to eBPF. */
const ebpf: Record<CalicoInstall, readonly Rule[]> = {
  none: [],
  manifest: [{ group: calicoCrds, resource: 'ippools', verbs: ['list'] }],
  operator: [
    { group: calicoCrds, resource: 'ippools', verbs: ['list'] },
    // Its presence decides how eBPF mode can be set up.
    {
      group: '',
      resource: 'configmaps',
      namespace: tigeraOperator,
      name: 'kubernetes-services-endpoint',
      verbs: ['get'],
    },
    // Each is waited for: kube-proxy is switched off by others, calico-node is rolled out by the operator.
    { group: 'apps', resource: 'daemonsets', namespace: kubeSystem, name: 'kube-proxy', verbs: ['watch'] },
    { group: 'apps', resource: 'daemonsets', namespace: calicoSystem, name: 'calico-node', verbs: ['watch'] },
  ],
};

/**
 * Everything a run does to a cluster, as RBAC permissions: the single table that preflight checks. With what the checks for
 * eBPF read, it is what `deploy/rbac.yaml` grants. Creating SelfSubjectAccessReviews and SelfSubjectReviews, and reading `/version` are
 * granted to every authenticated user by Kubernetes itself.
 */
export function requiredPermissions(install: CalicoInstall, target: Target = 'nftables'): Permission[] {
  const rules = [
    ...base,
    ...(install === 'none' ? [] : calico),
    ...(install === 'operator' ? operator : []),
    ...(target === 'ebpf' ? ebpf[install] : []),
  ];
  return verbByVerb(rules);
}

function verbByVerb(rules: readonly Rule[]): Permission[] {
  return rules.flatMap(({ verbs, ...rest }) => verbs.map((verb) => ({ ...rest, verb })));
}

/** `patch daemonsets.apps/kube-proxy in kube-system`, `get pods/log in calico-system`. */
export function describePermission(permission: Permission): string {
  const { group, resource, subresource, verb, namespace, name } = permission;
  const what = `${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}${name ? ` "${name}"` : ''}`;
  return `${verb} ${what}${namespace ? ` in ${namespace}` : ''}`;
}

/**
 * Asks the API server for each permission (SelfSubjectAccessReview) and gives those that are missing, in the order of
 * the list. One request each: a SelfSubjectRulesReview would be one for all, but may be incomplete with webhook or
 * cloud authorizers, as its own documentation says.
 *
 * @param concurrency requests at the same time, default 8
 * @throws Failure
 */
export async function reviewPermissions(
  cluster: Cluster,
  permissions: readonly Permission[],
  { concurrency = 8 }: { concurrency?: number } = {},
): Promise<Permission[]> {
  const allowed = new Set<Permission>();
  const queue = permissions.values();
  // Each reader takes the next of the same iterator.
  const readers = Array.from({ length: Math.min(concurrency, permissions.length) }, async () => {
    for (const permission of queue) if (await isAllowed(cluster, permission)) allowed.add(permission);
  });
  await Promise.all(readers);
  return permissions.filter((permission) => !allowed.has(permission));
}

async function isAllowed(cluster: Cluster, permission: Permission): Promise<boolean> {
  const { status } = await cluster.auth.createSelfSubjectAccessReview({
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { ...permission } },
    },
  });
  return status?.allowed === true;
}
