import { isDeepStrictEqual } from 'node:util';
import mergePatchFormat from 'json-merge-patch';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';
import { canonicalHash } from './hash.ts';
import { createObject, describeRef, mergePatch, type ObjectRef, readObject } from './objects.ts';
import { type OwnParts, ownParts } from './own-parts.ts';

const NAMESPACE = 'kube-system';

/** The API server takes 1 MiB of data in a ConfigMap (pkg/apis/core/validation: MaxSecretSize); bytes. */
const MOST_BYTES = 1024 * 1024;

const snapshotSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

/**
 * Saves objects as they are now into an immutable ConfigMap of this run, each under a key of its own that
 * `kubectl replace -f -` takes. One that this run saved before is kept: what is in the cluster by now may be changed.
 *
 * @throws Failure `Invalid` where an object is missing, or where they do not fit into a ConfigMap
 */
export async function saveSnapshot(cluster: Cluster, runId: string, refs: readonly ObjectRef[]): Promise<SnapshotRef> {
  const snapshot = snapshotRefOf(runId);
  const before = await readObject(cluster, snapshot);
  if (before !== undefined) return reference(runId, snapshotSchema.parse(before).data);

  const data: Record<string, string> = { 'README.txt': readme(snapshot.name, refs) };
  for (const ref of refs) {
    const object = await readObject(cluster, ref);
    if (object === undefined) throw new Failure('Invalid', `${describeRef(ref)} is gone: it cannot be saved`);
    const { apiVersion, kind } = ref;
    data[keyOf(ref)] = JSON.stringify({ ...ownParts(object), apiVersion, kind }, null, 2);
  }
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > MOST_BYTES) {
    throw new Failure('Invalid', `The objects to save have ${bytes} bytes; a ConfigMap holds ${MOST_BYTES}`);
  }
  const labels = { 'app.kubernetes.io/managed-by': 'proxyshift' };
  try {
    await createObject(cluster, snapshot, { metadata: { labels }, immutable: true, data });
  } catch (error) {
    // Another attempt of this run was a moment faster: its snapshot counts.
    if (!hasStatus(error, 409)) throw error;
    return await saveSnapshot(cluster, runId, refs);
  }
  return reference(runId, data);
}

/** Reads one saved object. @throws Failure `Invalid` where the snapshot is gone or is not the one of this run */
export async function readSaved(cluster: Cluster, snapshot: SnapshotRef, ref: ObjectRef): Promise<OwnParts> {
  const configMap: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', ...snapshot };
  const object = describeRef(configMap);
  const found = await readObject(cluster, configMap);
  if (found === undefined) throw new Failure('Invalid', `The snapshot ${object} is gone`, { object });
  const { data } = snapshotSchema.parse(found);
  if (hashOf(data) !== snapshot.hash) {
    throw new Failure('Invalid', `The snapshot ${object} is not the one that this run saved`, { object });
  }
  const text = data[keyOf(ref)];
  if (text === undefined)
    throw new Failure('Invalid', `The snapshot ${object} does not hold ${describeRef(ref)}`, { object });
  return ownParts(JSON.parse(text));
}

/** Makes an object equal to what was saved: one merge patch of the differences, none where there are none. */
export async function restoreObject(cluster: Cluster, ref: ObjectRef, saved: OwnParts): Promise<void> {
  const found = await readObject(cluster, ref);
  if (found === undefined) {
    await createObject(cluster, ref, saved);
    return;
  }
  const patch: unknown = mergePatchFormat.generate(comparable(found), comparable(saved));
  if (patch === undefined) return;
  await mergePatch(cluster, ref, z.looseObject({}).parse(patch), { resourceVersion: found.metadata.resourceVersion });
}

/** Whether an object is what was saved, metadata that the API server owns aside. */
export async function equalsSaved(cluster: Cluster, ref: ObjectRef, saved: OwnParts): Promise<boolean> {
  const found = await readObject(cluster, ref);
  return found !== undefined && isDeepStrictEqual(comparable(found), comparable(saved));
}

/** Without apiVersion and kind, which the reference says, and with absent labels as none. */
function comparable(object: unknown): Record<string, unknown> {
  const { apiVersion: _, kind: __, metadata, ...rest } = ownParts(object);
  return { ...rest, metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} } };
}

function snapshotRefOf(runId: string): ObjectRef {
  const name = `proxyshift-snapshot-${runId}`;
  return { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespace: NAMESPACE, name };
}

function reference(runId: string, data: Record<string, string>): SnapshotRef {
  return { namespace: NAMESPACE, name: snapshotRefOf(runId).name, hash: hashOf(data) };
}

function hashOf(data: Record<string, string>): string {
  return canonicalHash(data);
}

function keyOf(ref: ObjectRef): string {
  return `${[ref.kind, ref.namespace, ref.name].filter(Boolean).join('.').toLowerCase()}.json`;
}

function readme(name: string, refs: readonly ObjectRef[]): string {
  const commands = refs.map(
    (ref) =>
      `kubectl -n ${NAMESPACE} get configmap ${name} -o go-template='{{index .data "${keyOf(ref)}"}}' | kubectl replace -f -`,
  );
  return [
    'Objects as they were before a run of proxyshift. To put them back by hand:',
    ...commands,
    'Then replace the pods of kube-proxy node by node, so that each reads its ConfigMap again:',
    'kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector spec.nodeName=NODE',
    '',
  ].join('\n');
}
