import { type ClusterEntry, findCluster, loadClustersFile } from '../../cluster/clusters-file.ts';
import { type Cluster, connect } from '../../cluster/connect.ts';
import { showBusy } from '../busy.ts';
import type { ClustersOptions } from '../options.ts';

/**
 * Does something with a cluster of the clusters file from this machine, without Temporal, and says at a terminal that it
 * goes on. The connections end with it.
 *
 * @throws Failure where the clusters file does not have it, or `connect` fails
 */
export async function onCluster<T>(
  name: string,
  { clusters }: ClustersOptions,
  action: (cluster: Cluster, entry: ClusterEntry) => Promise<T>,
): Promise<T> {
  const entry = findCluster(await loadClustersFile(clusters), name);
  using busy = showBusy(`Looking at ${name}`, process.stderr);
  const cluster = await connect(entry, { onRequest: busy.request });
  try {
    return await action(cluster, entry);
  } finally {
    await cluster.kubeConfig.close();
  }
}
