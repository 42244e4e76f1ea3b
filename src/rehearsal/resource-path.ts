import { Failure } from '../model/failure.ts';

/** The kinds that this folder creates, with their plural name and whether they live in a namespace. */
const kinds: Record<string, { plural: string; namespaced: boolean }> = {
  APIService: { plural: 'apiservices', namespaced: false },
  ClusterInformation: { plural: 'clusterinformations', namespaced: false },
  ClusterRole: { plural: 'clusterroles', namespaced: false },
  ClusterRoleBinding: { plural: 'clusterrolebindings', namespaced: false },
  ConfigMap: { plural: 'configmaps', namespaced: true },
  CustomResourceDefinition: { plural: 'customresourcedefinitions', namespaced: false },
  DaemonSet: { plural: 'daemonsets', namespaced: true },
  Deployment: { plural: 'deployments', namespaced: true },
  FelixConfiguration: { plural: 'felixconfigurations', namespaced: false },
  Installation: { plural: 'installations', namespaced: false },
  IPPool: { plural: 'ippools', namespaced: false },
  Lease: { plural: 'leases', namespaced: true },
  Namespace: { plural: 'namespaces', namespaced: false },
  Node: { plural: 'nodes', namespaced: false },
  Pod: { plural: 'pods', namespaced: true },
  Role: { plural: 'roles', namespaced: true },
  RoleBinding: { plural: 'rolebindings', namespaced: true },
  Secret: { plural: 'secrets', namespaced: true },
  Service: { plural: 'services', namespaced: true },
  ServiceAccount: { plural: 'serviceaccounts', namespaced: true },
  TigeraStatus: { plural: 'tigerastatuses', namespaced: false },
};

/** The path of a kind's collection, or of one object where `name` is given. */
export function resourcePath(apiVersion: string, kind: string, namespace?: string, name?: string): string {
  const known = kinds[kind];
  if (!known) throw new Failure('Invalid', `the rehearsal cluster does not know the kind "${kind}"`);
  return [
    apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`,
    ...(known.namespaced ? [`namespaces/${namespace ?? 'default'}`] : []),
    known.plural,
    ...(name ? [encodeURIComponent(name)] : []),
  ].join('/');
}
