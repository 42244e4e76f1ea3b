import { saveSnapshot } from '../cluster/snapshot.ts';
import type { SnapshotRef } from '../model/report.ts';
import { SNAPSHOT_VERSION } from '../model/snapshot.ts';
import type { SaveSnapshot } from '../model/steps.ts';
import type { TemporalPlace } from '../model/temporal-place.ts';
import { objectsOf } from './objects-of.ts';
import type { ClusterContext } from './step-context.ts';

/** Saves every object that a run of this plan writes, with what a way back needs without the run. */
export async function saveObjects(
  { cluster }: Pick<ClusterContext, 'cluster'>,
  { cluster: name, ...run }: SaveSnapshot,
  temporal: TemporalPlace | undefined,
): Promise<SnapshotRef> {
  return await saveSnapshot(
    cluster,
    {
      version: SNAPSHOT_VERSION,
      cluster: { name, uid: cluster.uid },
      ...run,
      ...(temporal ? { temporal } : {}),
      savedAt: new Date().toISOString(),
    },
    objectsOf(run.wayBack),
  );
}
