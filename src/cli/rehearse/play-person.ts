import { type Cluster, connect } from '../../cluster/connect.ts';
import { createObject, mergePatch, readObject } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet, servicesEndpointIn } from '../../cluster/refs.ts';
import type { HandStep } from '../../model/progress.ts';
import type { RehearsalCluster } from '../../rehearsal/cluster.ts';

/** What a person does of a step by hand, on a rehearsal cluster. Where its nodes are named, restarting them is the step. */
export async function playPerson(cluster: RehearsalCluster, { key, nodes }: HandStep): Promise<void> {
  if (key.startsWith('restart-nodes-')) {
    for (const node of nodes) await cluster.rebootNode(node);
    return;
  }
  const { name, uid, context, kubeconfigPath: kubeconfig } = cluster;
  const admin = await connect({ name, uid, context, kubeconfig });
  try {
    await (key === 'api-server-address' ? tellAddress(admin) : switchProxy(admin, key === 'kube-proxy-off'));
  } finally {
    await admin.kubeConfig.close();
  }
}

async function tellAddress(admin: Cluster): Promise<void> {
  const ref = servicesEndpointIn('tigera-operator');
  if (await readObject(admin, ref)) return;
  const { hostname, port } = new URL(admin.transport.server);
  await createObject(admin, ref, { data: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } });
}

async function switchProxy(admin: Cluster, off: boolean): Promise<void> {
  const nodeSelector = { 'non-calico': off ? 'true' : null };
  await mergePatch(admin, kubeProxyDaemonSet, { spec: { template: { spec: { nodeSelector } } } });
}
