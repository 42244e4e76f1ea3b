import { z } from 'zod';
import { Failure } from '../../model/failure.ts';
import type { SnapshotRef } from '../../model/report.ts';
import type { SnapshotRun } from '../../model/snapshot.ts';
import type { Cluster } from '../connect.ts';
import { listObjects, type PlainObject, readObject } from '../objects.ts';
import { type OwnParts, ownParts } from '../own-parts.ts';
import { referenceTo, SNAPSHOT_NAMESPACE, snapshotLabels, snapshotObject } from '../snapshot.ts';
import { keyOf, RUN_KEY } from './keys.ts';
import { parseSnapshotRun } from './parse-run.ts';

/** A snapshot of this cluster, read whole. */
export interface Snapshot {
  ref: SnapshotRef;
  run: SnapshotRun;
  /** The saved objects, in the order in which a run writes them; undefined where there was none. */
  objects: { ref: SnapshotRun['objects'][number]; saved: OwnParts | undefined }[];
}

/** A snapshot in a list: one that cannot be read is there too. */
export type ListedSnapshot = { name: string; createdAt: string; uid: string } & (
  | { snapshot: Snapshot }
  | { unreadable: string }
);

const configMapSchema = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

const labelSelector = Object.entries(snapshotLabels)
  .map(([key, value]) => `${key}=${value}`)
  .join(',');

/** The snapshots in the cluster, the newest first. */
export async function listSnapshots(cluster: Cluster): Promise<ListedSnapshot[]> {
  const configMaps = { apiVersion: 'v1', plural: 'configmaps', namespace: SNAPSHOT_NAMESPACE };
  // Each may have a megabyte.
  const found = await listObjects(cluster, configMaps, { labelSelector, pageSize: 20 });
  return found.map((object) => listed(cluster, object)).sort((a, b) => compare(b, a));
}

/** By the time at which the objects were saved; by name where two were saved in one second. */
function compare(a: ListedSnapshot, b: ListedSnapshot): number {
  const [at, bt] = [savedAt(a), savedAt(b)];
  if (at !== bt) return at < bt ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function savedAt(listed: ListedSnapshot): string {
  return 'snapshot' in listed ? listed.snapshot.run.savedAt : listed.createdAt;
}

function listed(cluster: Cluster, object: PlainObject): ListedSnapshot {
  const { name, creationTimestamp, uid = '' } = object.metadata;
  const base = { name, createdAt: creationTimestamp ?? '', uid };
  try {
    return { ...base, snapshot: toSnapshot(cluster, object) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...base, unreadable: error.message };
  }
}

/** @throws Failure `Invalid` where there is none of this name, or none that can be read; `Refused` for one of another cluster */
export async function readSnapshot(cluster: Cluster, name: string): Promise<Snapshot> {
  const found = await readObject(cluster, snapshotObject(name));
  if (found !== undefined) return toSnapshot(cluster, found);
  throw new Failure('Invalid', `There is no snapshot "${name}" in namespace ${SNAPSHOT_NAMESPACE}`, {
    hint: `See: kubectl -n ${SNAPSHOT_NAMESPACE} get configmaps -l proxyshift.dev/snapshot=true`,
  });
}

function toSnapshot(cluster: Cluster, object: PlainObject): Snapshot {
  const { name } = object.metadata;
  const { data } = configMapSchema.parse(object);
  const run = parseSnapshotRun(name, data[RUN_KEY]);
  if (run.cluster.uid !== cluster.uid) {
    throw new Failure(
      'Refused',
      `The snapshot "${name}" is of another cluster: its kube-system has uid ${run.cluster.uid}, this one ${cluster.uid}`,
      { hint: 'It came here with a backup. Objects of another cluster are not put into this one.' },
    );
  }
  const objects = run.objects.map((ref) => {
    const text = data[keyOf(ref)];
    if (text === undefined && !ref.absent) {
      throw new Failure('Invalid', `The snapshot "${name}" has lost its key ${keyOf(ref)}`);
    }
    return { ref, saved: text === undefined ? undefined : ownParts(JSON.parse(text)) };
  });
  return { ref: referenceTo(name, data), run, objects };
}
