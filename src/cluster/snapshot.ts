import { isDeepStrictEqual } from 'node:util';
import mergePatchFormat from 'json-merge-patch';
import { z } from 'zod';
import { Failure } from '../model/failure.ts';
import type { SnapshotRef } from '../model/report.ts';
import type { SnapshotRun } from '../model/snapshot.ts';
import type { Cluster } from './connect.ts';
import { hasStatus } from './errors.ts';
import { canonicalHash } from './hash.ts';
import { createObject, deleteObject, describeRef, mergePatch, type ObjectRef, readObject } from './objects.ts';
import { type OwnParts, ownParts } from './own-parts.ts';
import { snapshotData } from './snapshot/contents.ts';
import { keyOf, RUN_KEY } from './snapshot/keys.ts';
import { parseSnapshotRun } from './snapshot/parse-run.ts';

export const SNAPSHOT_NAMESPACE = 'kube-system';

/** What a snapshot is found by. */
export const snapshotLabels = { 'app.kubernetes.io/managed-by': 'proxyshift', 'proxyshift.dev/snapshot': 'true' };

/** The API server takes 1 MiB of values in a ConfigMap (pkg/apis/core/validation: ValidateConfigMap); bytes. */
const MOST_BYTES = 1024 * 1024;

const snapshotSchema = z.looseObject({ data: z.record(z.string(), z.string()) });

/** An object to save. */
export interface ToSave extends ObjectRef {
  /** The run may have to make it: that there was none is saved then, instead of being an error. */
  mayBeAbsent?: boolean;
}

/** There was no such object before the run. */
export const ABSENT = Symbol('absent');

/** An object as it was, or that there was none. */
export type Saved = OwnParts | typeof ABSENT;

/**
 * Saves objects as they are now into an immutable ConfigMap of this run, each under a key of its own that
 * `kubectl replace -f -` takes, with all that a way back needs beside them. One that this run saved before is kept: what
 * is in the cluster by now may be changed.
 *
 * @throws Failure `Invalid` where an object is missing, or where they do not fit into a ConfigMap
 */
export async function saveSnapshot(
  cluster: Cluster,
  run: Omit<SnapshotRun, 'objects'>,
  toSave: readonly ToSave[],
): Promise<SnapshotRef> {
  const snapshot = snapshotObject(snapshotNameOf(run.runId));
  const before = await readObject(cluster, snapshot);
  if (before !== undefined) return referenceTo(snapshot.name, snapshotSchema.parse(before).data);

  const found = await Promise.all(
    toSave.map(async ({ mayBeAbsent = false, ...ref }) => {
      const object = await readObject(cluster, ref);
      if (object === undefined && !mayBeAbsent) {
        throw new Failure('Invalid', `${describeRef(ref)} is gone: it cannot be saved`, { object: describeRef(ref) });
      }
      return { ref, object };
    }),
  );
  const data = await snapshotData({ name: snapshot.name, run, found });
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  if (bytes > MOST_BYTES) {
    throw new Failure('Invalid', `The objects to save have ${bytes} bytes; a ConfigMap holds ${MOST_BYTES}`);
  }
  try {
    await createObject(cluster, snapshot, { metadata: { labels: snapshotLabels }, immutable: true, data });
  } catch (error) {
    // Another attempt of this run was a moment faster: its snapshot counts.
    if (!hasStatus(error, 409)) throw error;
    return await saveSnapshot(cluster, run, toSave);
  }
  return referenceTo(snapshot.name, data);
}

/**
 * Reads one saved object.
 * @throws Failure `Invalid` where the snapshot is gone, is not the one of this run, or does not speak of the object
 */
export async function readSaved(cluster: Cluster, snapshot: SnapshotRef, ref: ObjectRef): Promise<Saved> {
  const object = describeRef(snapshotObject(snapshot.name));
  const found = await readObject(cluster, snapshotObject(snapshot.name));
  if (found === undefined) throw new Failure('Invalid', `The snapshot ${object} is gone`, { object });
  const { data } = snapshotSchema.parse(found);
  if (canonicalHash(data) !== snapshot.hash) {
    throw new Failure('Invalid', `The snapshot ${object} is not the one that this run saved`, { object });
  }
  const text = data[keyOf(ref)];
  if (text !== undefined) return ownParts(JSON.parse(text));
  const { objects } = parseSnapshotRun(snapshot.name, data[RUN_KEY]);
  if (objects.some((saved) => saved.absent && keyOf(saved) === keyOf(ref))) return ABSENT;
  throw new Failure('Invalid', `The snapshot ${object} does not hold ${describeRef(ref)}`, { object });
}

/** As {@link readSaved}, of an object that cannot have been absent. @throws Failure `Invalid` where it was */
export async function readSavedObject(cluster: Cluster, snapshot: SnapshotRef, ref: ObjectRef): Promise<OwnParts> {
  const saved = await readSaved(cluster, snapshot, ref);
  if (saved !== ABSENT) return saved;
  throw new Failure('Invalid', `${describeRef(ref)} was not there when ${snapshot.name} was saved`);
}

/** Makes an object equal to what was saved: one merge patch of the differences, none where there are none. */
export async function restoreObject(cluster: Cluster, ref: ObjectRef, saved: Saved): Promise<void> {
  const found = await readObject(cluster, ref);
  if (saved === ABSENT) {
    if (found !== undefined) await deleteObject(cluster, ref, { uid: found.metadata.uid });
    return;
  }
  if (found === undefined) {
    await createObject(cluster, ref, saved);
    return;
  }
  const patch: unknown = mergePatchFormat.generate(comparable(found), comparable(saved));
  if (patch === undefined) return;
  await mergePatch(cluster, ref, z.looseObject({}).parse(patch), { resourceVersion: found.metadata.resourceVersion });
}

/** Whether an object is what was saved, metadata that the API server owns aside. */
export async function equalsSaved(cluster: Cluster, ref: ObjectRef, saved: Saved): Promise<boolean> {
  const found = await readObject(cluster, ref);
  if (saved === ABSENT || found === undefined) return saved === ABSENT && found === undefined;
  return isDeepStrictEqual(comparable(found), comparable(saved));
}

/** What is compared and put back: without apiVersion and kind, which the reference says, and with absent labels as none. */
export function comparable(object: unknown): Record<string, unknown> {
  const { apiVersion: _, kind: __, metadata, ...rest } = ownParts(object);
  return { ...rest, metadata: { labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} } };
}

export function snapshotNameOf(runId: string): string {
  return `proxyshift-snapshot-${runId}`;
}

/** The ConfigMap of a snapshot. */
export function snapshotObject(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespace: SNAPSHOT_NAMESPACE, name };
}

/** A snapshot by its name and by what it holds: another content is another snapshot. */
export function referenceTo(name: string, data: Record<string, string>): SnapshotRef {
  return { namespace: SNAPSHOT_NAMESPACE, name, hash: canonicalHash(data) };
}
