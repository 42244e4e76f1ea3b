import { connect } from '../../cluster/connect.ts';
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
  if (key === 'api-server-address') {
    const ref = servicesEndpointIn('tigera-operator');
    if (await readObject(admin, ref)) return;
    const { hostname, port } = new URL(admin.live ? admin.transport.server : '');
    await createObject(admin, ref, { data: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } });
    return;
  }
  const nodeSelector = { 'non-calico': key === 'kube-proxy-off' ? 'true' : null };
  await mergePatch(admin, kubeProxyDaemonSet, { spec: { template: { spec: { nodeSelector } } } });
}
