import { expect, onTestFinished } from 'vitest';
import { readLock } from '../../../src/cluster/lock.ts';
import { listSnapshots } from '../../../src/cluster/snapshot/find.ts';
import { resolveBinaries } from '../../../src/rehearsal/binaries/resolve.ts';
import type { RehearsalCluster } from '../../../src/rehearsal/cluster.ts';
import { startTemporal } from '../../../src/rehearsal/temporal-server.ts';
import { asAdmin, objectsOf } from './objects.ts';
import { REQUESTER, type Rehearsal, type RehearseOptions, rehearse } from './rehearse.ts';

/** A run on a Temporal of its own, which ends in the middle of the waves: worker and Temporal are gone, the lock stays. */
export async function leftHalfWay(
  options: RehearseOptions = {},
  /** What else has to be so before worker and Temporal go. */
  until: (cluster: RehearsalCluster) => Promise<void> = async () => undefined,
): Promise<Rehearsal & { before: unknown; holder: string; snapshot: string }> {
  const { temporal: binary } = await resolveBinaries(['temporal']);
  const temporal = await startTemporal({ binary });
  onTestFinished(() => temporal.stop());
  const rehearsal = await rehearse({ scenario: 'slow-nodes', nodes: 6, temporalAddress: temporal.address, ...options });
  const { cluster, start, worker } = rehearsal;
  const before = await objectsOf(cluster);
  const run = await start();
  await run.approve();
  await run.until('the second wave', ({ wave }) => (wave?.current ?? 0) >= 2);
  await until(cluster);
  await worker?.kill();
  await temporal.stop();

  const admin = await asAdmin(cluster);
  const held = await readLock(admin);
  expect(held).toMatchObject({ requester: REQUESTER, temporal: { address: temporal.address, namespace: 'default' } });
  const [saved] = await listSnapshots(admin);
  return { ...rehearsal, before, holder: held?.holder ?? '', snapshot: saved?.name ?? '' };
}
