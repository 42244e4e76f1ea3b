import { createFacts } from '../../checks/create-facts.ts';
import type { Chosen } from '../../checks/rollback/choose-snapshot.ts';
import { isEmpty } from '../../checks/rollback/differences.ts';
import { choose } from '../../checks/rollback/preflight.ts';
import type { Cluster } from '../../cluster/connect.ts';
import { acquireLock, describeLock, type HeldLock, readLock, releaseLock } from '../../cluster/lock.ts';
import { listSnapshots } from '../../cluster/snapshot/find.ts';
import { Failure } from '../../model/failure.ts';
import { exitCodeOf, type Outcome } from '../../model/outcome.ts';
import type { Restore } from '../../model/steps.ts';
import { onShutdownSignal } from '../../worker/shutdown-signals.ts';
import { showBusy } from '../busy.ts';
import { colorsFor } from '../colors.ts';
import { describeError } from '../errors.ts';
import { outcomeLine, stepLine } from '../render/progress.ts';
import { snapshotLines, snapshotSummary } from '../render/snapshots.ts';
import { wayBackLines } from '../render/way-back.ts';
import { goBack } from '../restore/go-back.ts';
import { Timeline } from '../restore/timeline.ts';
import type { RestoreOptions } from '../restore.ts';
import { confirm } from './confirm.ts';
import { printJson } from './output.ts';
import { reachCluster } from './reach-cluster.ts';
import { checkedPerson } from './start.ts';

/** `proxyshift restore`. Returns the exit code. */
export async function restore(name: string | undefined, options: RestoreOptions): Promise<number> {
  const person = checkedPerson(options.as, '--as');
  using interrupted = onShutdownSignal(() => {
    process.stderr.write(
      '\nStopped. What is left is done by the same command; until then the cluster may be half-way.\n',
    );
  });
  const cluster = await reachCluster(name, options, { signal: interrupted.signal });
  try {
    return options.list ? await list(cluster, options) : await goBackOn(cluster, person, options, interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) return interrupted.exitCode;
    throw error;
  } finally {
    await cluster.kubeConfig.close();
  }
}

async function list(cluster: Cluster, { output }: RestoreOptions): Promise<number> {
  const snapshots = await listSnapshots(cluster);
  if (output === 'json')
    printJson({ cluster: cluster.name, uid: cluster.uid, snapshots: snapshots.map(snapshotSummary) });
  else process.stdout.write(`${snapshotLines(snapshots).join('\n') || 'There is no snapshot in this cluster.'}\n`);
  return 0;
}

async function goBackOn(
  cluster: Cluster,
  person: string,
  options: RestoreOptions,
  signal: AbortSignal,
): Promise<number> {
  const { chosen, lock } = await look(cluster, options);
  const { ref, run } = chosen.snapshot;
  // The same for each attempt of a person, so that one that was interrupted goes on.
  const holder = `proxyshift-restore/${person}/${ref.name}`;
  refuseWhileHeld(lock, { holder, takeOver: options.takeOver, name: cluster.name });
  const kubeProxy = { ...run.wayBack.kubeProxy, waveSize: options.maxUnavailable ?? run.wayBack.kubeProxy.waveSize };
  const wayBack: Restore = { ...run.wayBack, cluster: cluster.name, snapshot: ref, kubeProxy };

  const colors = colorsFor(process.stderr);
  const view = { cluster, chosen, lock, waveSize: kubeProxy.waveSize };
  process.stderr.write(`${wayBackLines(view, colors).join('\n')}\n\n`);
  if (isEmpty(chosen.differences) && lock?.holder !== holder) {
    return end(cluster, 'nothing-to-do', { snapshot: ref.name }, options);
  }
  if (!options.yes && !(await confirmed(signal))) return end(cluster, 'rejected', { snapshot: ref.name }, options);

  const { takenOverFrom } = await acquireLock(
    cluster,
    { holder, requester: person, takeOver: options.takeOver },
    new Date(),
  );
  if (takenOverFrom) process.stderr.write(`Took the lock over from ${takenOverFrom}.\n`);
  const timeline = new Timeline({
    signal,
    onStep: (step) => process.stderr.write(`${stepLine(step, colors, Date.now())}\n`),
  });
  const document = { snapshot: ref.name, ...(takenOverFrom ? { takenOverFrom } : {}), steps: timeline.steps };
  try {
    const canary = chosen.differences.nodes.find(({ mode }) => mode !== 'unknown')?.node;
    const seen = await goBack({ cluster, signal, heartbeat: () => undefined }, wayBack, { timeline, canary });
    await timeline.step('Release the lock', () => releaseLock(cluster, holder));
    return end(cluster, 'rolled-back', { ...document, ...seen }, options);
  } catch (error) {
    signal.throwIfAborted();
    const failure = await describeError(error);
    process.stderr.write(
      `${colors.red('not done:')} ${failure}\nThe lock is kept, so that no run begins meanwhile. Mend it, and run the same command again.\n`,
    );
    return end(cluster, 'rollback-stuck', { ...document, failure }, options);
  }
}

async function look(
  cluster: Cluster,
  { snapshot }: RestoreOptions,
): Promise<{ chosen: Chosen; lock: HeldLock | undefined }> {
  using _busy = showBusy(`Looking at ${cluster.name}`, process.stderr);
  const facts = createFacts(cluster);
  const [chosen, lock] = await Promise.all([choose(cluster, facts, snapshot), readLock(cluster)]);
  return { chosen, lock };
}

/** @throws Failure `Refused` where somebody else holds the lock who is not the one that was named */
function refuseWhileHeld(
  lock: HeldLock | undefined,
  { holder, takeOver, name }: { holder: string; takeOver: string | undefined; name: string },
): void {
  if (lock === undefined || lock.holder === holder || lock.holder === takeOver) return;
  const other = takeOver === undefined ? '' : `, not ${takeOver}`;
  throw new Failure('Refused', `The lock of ${name} is held by ${describeLock(lock)}${other}.`, {
    object: 'Lease kube-system/proxyshift',
    hint: `While that run lives, use proxyshift rollback. Only if it is gone for good: --take-over '${lock.holder}'`,
  });
}

/** @throws Failure `Refused` where there is nobody to ask */
async function confirmed(signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new Failure('Refused', 'Without a terminal to ask at, nothing is changed.', { hint: 'Say it with --yes.' });
  }
  return await confirm('Put it back?', { stream: process.stderr, signal });
}

function end(cluster: Cluster, outcome: Outcome, more: object, { output }: RestoreOptions): number {
  if (output === 'json') printJson({ outcome, cluster: cluster.name, uid: cluster.uid, ...more });
  else process.stdout.write(`${outcomeLine(cluster.name, outcome, colorsFor(process.stdout))}\n`);
  return exitCodeOf(outcome);
}
