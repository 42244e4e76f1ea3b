import type { CallContext } from './errors.ts';

/** Kinds of the resources that proxyshift touches; anything else is called by its plural. */
const kinds: Readonly<Record<string, string>> = {
  namespaces: 'Namespace',
  nodes: 'Node',
  pods: 'Pod',
  services: 'Service',
  configmaps: 'ConfigMap',
  daemonsets: 'DaemonSet',
  deployments: 'Deployment',
  controllerrevisions: 'ControllerRevision',
  leases: 'Lease',
  endpointslices: 'EndpointSlice',
  apiservices: 'APIService',
  datastoremigrations: 'DatastoreMigration',
  installations: 'Installation',
  tigerastatuses: 'TigeraStatus',
  felixconfigurations: 'FelixConfiguration',
  clusterinformations: 'ClusterInformation',
  ippools: 'IPPool',
  customresourcedefinitions: 'CustomResourceDefinition',
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
};

/** The plural of a kind: `daemonsets` of `DaemonSet`. */
export function pluralOf(kind: string): string {
  const known = Object.entries(kinds).find(([, name]) => name === kind)?.[0];
  // The rule of apimachinery for kinds that nobody knows (pkg/api/meta, UnsafeGuessKindToResource).
  const lower = kind.toLowerCase();
  if (known !== undefined) return known;
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** The kind of a plural, where it is one that proxyshift touches. */
export function kindOf(plural: string): string | undefined {
  return kinds[plural];
}

/** The verb of RBAC for a method: https://kubernetes.io/docs/reference/access-authn-authz/authorization/ */
function verbOf(method: string, named: boolean, watching: boolean): string {
  if (method === 'GET') return watching ? 'watch' : named ? 'get' : 'list';
  if (method === 'DELETE') return named ? 'delete' : 'deletecollection';
  return { POST: 'create', PUT: 'update', PATCH: 'patch' }[method] ?? method.toLowerCase();
}

/**
 * Names the call behind a method and a path of the Kubernetes API, for errors and metrics: `GET
 * /api/v1/namespaces/kube-system/configmaps/kube-proxy` is `get ConfigMap kube-system/kube-proxy`.
 *
 * @param path path below the server's base, with or without a query
 */
export function describeCall(method: string, path: string): CallContext {
  const [bare = '', query = ''] = path.split('?');
  const segments = bare.split('/').filter((s) => s !== '');
  // /api/v1/… or /apis/<group>/<version>/…
  const rest = segments[0] === 'api' ? segments.slice(2) : segments[0] === 'apis' ? segments.slice(3) : [];
  if (rest.length === 0) return { verb: method.toLowerCase(), object: bare || '/' };

  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const namespace = namespaced ? rest[1] : undefined;
  const [plural = '', name, subresource] = (namespaced ? rest.slice(2) : rest).map(decodeURIComponent);
  const watching = new URLSearchParams(query).get('watch') === 'true';
  const kind = kinds[plural] ?? plural;
  const object = name
    ? `${kind} ${namespace ? `${namespace}/` : ''}${name}`
    : `${plural}${namespace ? ` in ${namespace}` : ''}`;
  return {
    verb: verbOf(method, name !== undefined, watching),
    object: subresource ? `${subresource} of ${object}` : object,
    resource: subresource ? `${plural}/${subresource}` : plural,
    namespace,
  };
}
