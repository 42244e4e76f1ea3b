import { type Cluster, connect } from '../../cluster/connect.ts';
import { createObject, mergePatch, readObject } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet, servicesEndpointIn } from '../../cluster/refs.ts';
import type { HandStep } from '../../model/progress.ts';
import type { RehearsalCluster } from '../../rehearsal/cluster.ts';

/** What a person does of a step by hand, on a rehearsal cluster. @throws Error for a step that no person knows here */
export async function playPerson(cluster: RehearsalCluster, { key, nodes }: HandStep): Promise<void> {
  if (key.startsWith('restart-nodes-')) {
    for (const node of nodes) await cluster.rebootNode(node);
    return;
  }
  // The simulated nodes have no tables that could hold a stale rule.
  if (key === 'flush-stale-rules') return;
  const act = byKey[key];
  if (act === undefined) throw new Error(`Nobody plays the step "${key}" on a rehearsal cluster`);
  const { name, uid, context, kubeconfigPath: kubeconfig } = cluster;
  const admin = await connect({ name, uid, context, kubeconfig });
  try {
    await act(admin);
  } finally {
    await admin.kubeConfig.close();
  }
}

const byKey: Record<string, (admin: Cluster) => Promise<void>> = {
  'api-server-address': tellAddress,
  'kube-proxy-off': (admin) => switchProxy(admin, true),
  'kube-proxy-on': (admin) => switchProxy(admin, false),
};

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
