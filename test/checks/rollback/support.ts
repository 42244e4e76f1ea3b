import type { PlainObject } from '../../../src/cluster/objects.ts';
import { ownParts } from '../../../src/cluster/own-parts.ts';
import { kubeProxyConfigMap } from '../../../src/cluster/refs.ts';
import type { ListedSnapshot, Snapshot } from '../../../src/cluster/snapshot/find.ts';
import type { SnapshotRun } from '../../../src/model/snapshot.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import { wayBackOfKubeProxy } from '../../fixtures/way-back.ts';

/** ConfigMap kube-proxy with this text. */
export function configMap(text: string): PlainObject {
  const { apiVersion, kind, name, namespace } = kubeProxyConfigMap;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace ? { namespace } : {}), resourceVersion: '4711' },
    data: { 'config.conf': text, 'kubeconfig.conf': '' },
  };
}

/** A snapshot of the cluster of `healthyFacts`, made before a migration without Calico. */
export function snapshotOf(runId: string, more: Partial<SnapshotRun> = {}, text = kubeadm): Snapshot {
  const run: SnapshotRun = {
    version: 1,
    kind: 'migration',
    cluster: { name: 'staging', uid: '0f3c5a6e-1111-4222-8333-444455556666' },
    workflowId: 'proxyshift/staging',
    runId,
    requester: 'ada@example.com',
    savedAt: '2026-11-20T08:00:11.000Z',
    wayBack: wayBackOfKubeProxy(),
    objects: [kubeProxyConfigMap],
    ...more,
  };
  const objects = [{ ref: kubeProxyConfigMap, saved: ownParts(configMap(text)) }];
  return {
    ref: { namespace: 'kube-system', name: `proxyshift-snapshot-${runId}`, hash: 'a'.repeat(64) },
    run,
    objects,
  };
}

/** The same in a list. */
export function listedOf(snapshot: Snapshot): ListedSnapshot {
  return { name: snapshot.ref.name, createdAt: '2026-11-20T08:00:11Z', uid: snapshot.ref.name, snapshot };
}
