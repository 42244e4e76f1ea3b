import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { expandHome, findCluster, loadClustersFile } from '../../cluster/clusters-file.ts';
import { type Cluster, type ConnectOptions, connect, connectToContext } from '../../cluster/connect.ts';
import { Failure } from '../../model/failure.ts';
import type { ReachOptions } from '../options.ts';

/**
 * Connects from this machine to a cluster that is named, as the clusters file has it, or to where a context leads.
 * @throws Failure `Invalid` where both are named, or neither; as `connect`
 */
export async function reachCluster(
  name: string | undefined,
  { context, kubeconfig, clusters }: ReachOptions,
  options: ConnectOptions = {},
): Promise<Cluster> {
  const hint = 'Name a cluster of the clusters file, or --context NAME with --kubeconfig FILE.';
  if (name !== undefined && context !== undefined) {
    throw new Failure('Invalid', `Both the cluster "${name}" and the context "${context}" are named: one is meant.`, {
      hint,
    });
  }
  if (context !== undefined)
    return await connectToContext({ context, kubeconfig: kubeconfigPath(kubeconfig) }, options);
  if (name === undefined) throw new Failure('Invalid', 'No cluster is named, and no context.', { hint });
  if (kubeconfig !== undefined) {
    throw new Failure('Invalid', '--kubeconfig is for --context: the clusters file names the kubeconfig of a cluster.');
  }
  return await connect(findCluster(await loadClustersFile(clusters), name), options);
}

/** The file that kubectl would use. @throws Failure `Invalid` where kubectl would merge several */
function kubeconfigPath(named: string | undefined): string {
  const files = (named ?? process.env.KUBECONFIG ?? '').split(named === undefined ? delimiter : '\0').filter(Boolean);
  if (files.length > 1) {
    throw new Failure('Invalid', `KUBECONFIG names ${files.length} files; proxyshift reads one, and merges none.`, {
      hint: 'Name the one that has the context with --kubeconfig.',
    });
  }
  return resolve(expandHome(files[0] ?? join(homedir(), '.kube', 'config')));
}
