import type { ListedSnapshot, Snapshot } from '../../cluster/snapshot/find.ts';
import { Failure } from '../../model/failure.ts';
import type { ClusterFacts } from '../facts.ts';
import { type Differences, differencesFrom, isEmpty } from './differences.ts';

/** A snapshot, and what going back to it has to change. */
export interface Chosen {
  snapshot: Snapshot;
  differences: Differences;
}

/**
 * The newest snapshot of a migration that changed something, as far as the cluster still shows it; where nothing differs
 * from any of them, the newest one. What a rollback has saved is not chosen by itself: that would be going forward again.
 *
 * @param snapshots the newest first
 * @throws Failure `Invalid` where there is none, or where one that would have been chosen cannot be read
 */
export async function chooseSnapshot(facts: ClusterFacts, snapshots: readonly ListedSnapshot[]): Promise<Chosen> {
  let unchanged: Chosen | undefined;
  for (const listed of snapshots) {
    if ('unreadable' in listed) {
      throw new Failure('Invalid', `A newer snapshot cannot be read: ${listed.unreadable}`, {
        object: `ConfigMap kube-system/${listed.name}`,
        hint: 'Name the one to go back to with --snapshot.',
      });
    }
    const { snapshot } = listed;
    if (snapshot.run.kind !== 'migration') continue;
    const chosen = { snapshot, differences: await differencesFrom(facts, snapshot) };
    if (!isEmpty(chosen.differences)) return chosen;
    unchanged ??= chosen;
  }
  if (unchanged) return unchanged;
  throw new Failure('Invalid', 'There is no snapshot of a migration in this cluster', {
    object: 'ConfigMaps in kube-system with label proxyshift.dev/snapshot=true',
    hint: 'A run saves one before it writes anything; proxyshift forget removes them.',
  });
}
