import { type Cluster, connect } from '../../../src/cluster/connect.ts';
import { listObjects, type ObjectRef, readObject } from '../../../src/cluster/objects.ts';
import { type OwnParts, ownParts } from '../../../src/cluster/own-parts.ts';
import {
  calicoNodeDaemonSet,
  felixConfigurationDefault,
  installation,
  kubeProxyConfigMap,
  kubeProxyDaemonSet,
} from '../../../src/cluster/refs.ts';
import type { RehearsalCluster } from '../../../src/rehearsal/cluster.ts';

const everything: Record<string, ObjectRef> = {
  configMap: kubeProxyConfigMap,
  kubeProxy: kubeProxyDaemonSet,
  calicoByOperator: calicoNodeDaemonSet('calico-system'),
  calicoByManifest: calicoNodeDaemonSet('kube-system'),
  installation,
  felixConfiguration: felixConfigurationDefault,
};

/** A connection with all permissions, for what a test looks at or breaks. */
export function asAdmin({ name, uid, context, kubeconfigPath }: RehearsalCluster): Promise<Cluster> {
  return connect({ name, uid, context, kubeconfig: kubeconfigPath });
}

/** Everything that a migration could touch, without what the API server owns. */
export async function objectsOf(cluster: RehearsalCluster): Promise<Record<string, OwnParts | undefined>> {
  const admin = await asAdmin(cluster);
  const nodeConfigurations = (await felixConfigurationsOf(cluster)).filter(
    ({ metadata }) => metadata.name !== 'default',
  );
  const entries = Object.entries(everything).map(async ([key, ref]) => {
    const found = await readObject(admin, ref);
    return [key, found && ownParts(found)] as const;
  });
  return {
    ...Object.fromEntries(await Promise.all(entries)),
    ...Object.fromEntries(nodeConfigurations.map((own) => [own.metadata.name, own])),
  };
}

/** Every FelixConfiguration; none where there is no Calico. */
export async function felixConfigurationsOf(cluster: RehearsalCluster): Promise<OwnParts[]> {
  const { apiVersion, plural } = felixConfigurationDefault;
  const admin = await asAdmin(cluster);
  const hasCalico = (await readObject(admin, felixConfigurationDefault)) !== undefined;
  return hasCalico ? (await listObjects(admin, { apiVersion, plural })).map(ownParts) : [];
}

/** The mode of every node as its kernel has it. */
export function modesOf(cluster: RehearsalCluster): Record<string, string | undefined> {
  return Object.fromEntries(cluster.nodes().map(({ name, proxyMode }) => [name, proxyMode]));
}
