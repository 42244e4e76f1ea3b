import type { Cluster } from '../../cluster/connect.ts';
import { describeLock, readLock } from '../../cluster/lock.ts';
import { deleteObject } from '../../cluster/objects.ts';
import { type ListedSnapshot, listSnapshots } from '../../cluster/snapshot/find.ts';
import { snapshotObject } from '../../cluster/snapshot.ts';
import { Failure } from '../../model/failure.ts';
import { colorsFor } from '../colors.ts';
import type { ForgetOptions } from '../forget.ts';
import { snapshotLines, snapshotSummary } from '../render/snapshots.ts';
import { confirm } from './confirm.ts';
import { printJson } from './output.ts';
import { reachCluster } from './reach-cluster.ts';

/** Exit code where the person says no. */
const DECLINED = 1;

/** `proxyshift forget`. Returns the exit code. */
export async function forget(name: string | undefined, options: ForgetOptions): Promise<number> {
  const cluster = await reachCluster(name, options);
  try {
    return await forgetOn(cluster, options);
  } finally {
    await cluster.kubeConfig.close();
  }
}

async function forgetOn(cluster: Cluster, { keepLatest = false, yes = false, output }: ForgetOptions): Promise<number> {
  await refuseWhileHeld(cluster);
  const found = await listSnapshots(cluster);
  const kept = keepLatest ? found.slice(0, 1) : [];
  const doomed = found.slice(kept.length);
  const say = (text: string) => (output === 'json' ? process.stderr : process.stdout).write(`${text}\n`);
  if (doomed.length > 0)
    say([colorsFor(process.stdout).bold('To be removed'), ...snapshotLines(doomed), ''].join('\n'));
  if (doomed.length > 0 && !yes && !(await confirmed(doomed.length))) {
    say('Nothing was removed.');
    return DECLINED;
  }
  await remove(cluster, doomed);
  if (output === 'json') {
    const both = { removed: doomed.map(snapshotSummary), kept: kept.map(snapshotSummary) };
    printJson({ cluster: cluster.name, uid: cluster.uid, ...both });
  } else
    say(doomed.length === 0 ? 'There is no snapshot to remove.' : `Removed: ${doomed.length}. Kept: ${kept.length}.`);
  return 0;
}

/** A run may be about to need the snapshot that it has just made. @throws Failure `Refused` */
async function refuseWhileHeld(cluster: Cluster): Promise<void> {
  const lock = await readLock(cluster);
  if (lock === undefined) return;
  throw new Failure(
    'Refused',
    `The lock of ${cluster.name} is held by ${describeLock(lock)}: its snapshot is needed.`,
    {
      object: 'Lease kube-system/proxyshift',
      hint: 'Wait for its end; where it is gone for good, put its work back first: proxyshift restore.',
    },
  );
}

/** Each with its uid: a snapshot of the same name that was made meanwhile stays. */
async function remove(cluster: Cluster, doomed: readonly ListedSnapshot[]): Promise<void> {
  for (const { name, uid } of doomed) await deleteObject(cluster, snapshotObject(name), { uid });
}

/** @throws Failure `Refused` where there is nobody to ask */
async function confirmed(count: number): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure('Refused', 'Without a terminal to ask at, nothing is removed.', { hint: 'Say it with --yes.' });
  }
  return await confirm(`Remove ${count === 1 ? 'it' : `these ${count}`}? Nobody can go back without them.`, {
    stream: process.stderr,
  });
}
