import { Cluster } from '../connect.ts';
import { ExportCalls } from './export-calls.ts';
import { type ExportedObjects, readExport } from './read-export.ts';

/** Opens a folder of exported objects as a cluster that can be read. @throws Failure `Invalid`, as `readExport` */
export async function openExport(directory: string): Promise<Cluster> {
  return clusterOfExport(await readExport(directory));
}

/** A cluster that is made of objects. Its uid is that of the namespace kube-system, where that was exported. */
export function clusterOfExport(exported: ExportedObjects): Cluster {
  const kubeSystem = exported.objects.get('namespaces')?.find(({ metadata }) => metadata.name === 'kube-system');
  const identity = { name: exported.directory, uid: kubeSystem?.metadata.uid ?? '' };
  return new Cluster(identity, undefined, new ExportCalls(exported));
}
