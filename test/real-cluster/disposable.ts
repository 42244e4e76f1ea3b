import type { Cluster } from '../../src/cluster/connect.ts';
import { type ObjectRef, readObject } from '../../src/cluster/objects.ts';
import { Failure } from '../../src/model/failure.ts';

const LABEL = 'proxyshift.dev/disposable';
const namespace: ObjectRef = { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', name: 'default' };

/** Nothing is tried on a cluster that does not say itself that it can be thrown away. @throws Failure `Refused` */
export async function mustBeDisposable(cluster: Cluster): Promise<void> {
  const value = (await readObject(cluster, namespace))?.metadata.labels?.[LABEL];
  if (value === 'true') return;
  throw new Failure('Refused', `Cluster "${cluster.name}" (${cluster.uid}) does not say that it can be thrown away`, {
    object: 'Namespace default',
    hint: `If it can: kubectl label namespace default ${LABEL}=true`,
  });
}
