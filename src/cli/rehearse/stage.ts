import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBinaries } from '../../rehearsal/binaries/resolve.ts';
import { createRehearsalCluster, type RehearsalCluster, type RehearsalOptions } from '../../rehearsal/cluster.ts';
import { controlPlaneBinaries } from '../../rehearsal/control-plane.ts';
import { startTemporal } from '../../rehearsal/temporal-server.ts';
import type { TemporalOptions } from '../options.ts';
import { connectTemporal, type Temporal } from '../temporal/connect.ts';
import { searchAttributeList } from '../temporal/search-attributes.ts';
import { rehearsalClustersYaml } from './clusters-yaml.ts';
import { startWorkerProcess } from './worker-process.ts';

/** The line of a worker's log that says that it polls; worker/log.ts, which would load the whole worker here. */
const WORKER_RUNS = 'worker is running';

export interface StageOptions extends TemporalOptions {
  cluster: Pick<RehearsalOptions, 'nodes' | 'calico' | 'calicoVersion' | 'scenario'>;
  onProgress: (line: string) => void;
  /** Aborting gives up; what was started is in `cleanup`. */
  signal: AbortSignal;
  /** Takes down what was started, last to first, when it is disposed of. */
  cleanup: AsyncDisposableStack;
}

/** Everything a rehearsal runs on. */
export interface Stage {
  temporal: Temporal;
  /** Where Temporal's UI is, where it is known. */
  ui?: string;
  cluster: RehearsalCluster;
  taskQueue: string;
  /** The worker's log. */
  workerLog: string;
  /** Aborted with a `Failure` when the worker or Temporal ends before its time. */
  broken: AbortSignal;
  /** How long each part took (ms). */
  timings: { binaries: number; temporal: number; cluster: number; worker: number };
}

/** Starts Temporal (or takes the one that was named), a cluster and a worker. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { onProgress, signal, cleanup } = options;
  const broken = new AbortController();
  const directory = await mkdtemp(join(tmpdir(), 'proxyshift-rehearsal-'));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));

  const named = options.address ?? process.env.TEMPORAL_ADDRESS;
  const names = named ? controlPlaneBinaries : (['temporal', ...controlPlaneBinaries] as const);
  const [binaries, binariesMs] = await timed(() => resolveBinaries(names, { onProgress, signal }));

  // What fails first is what is told; the other start is given up, and both have settled before anything is taken down.
  const together = new AbortController();
  const both = AbortSignal.any([signal, together.signal]);
  const orGiveUp = <T>(started: Promise<T>) => {
    started.catch((error: unknown) => together.abort(error));
    return started;
  };
  const findTemporal = async () => {
    if (named || !('temporal' in binaries)) return { temporal: cleanup.use(await connectTemporal(options)) };
    const server = await startTemporal({
      binary: binaries.temporal,
      searchAttributes: searchAttributeList,
      onProgress,
      signal: both,
    });
    cleanup.defer(() => server.stop());
    const connection = await connectTemporal({ ...server, ignoreEnvironment: true });
    return { temporal: cleanup.use(connection), ui: server.uiUrl };
  };
  const createCluster = async () =>
    cleanup.use(
      await createRehearsalCluster({
        ...options.cluster,
        // In a Temporal that others use too, the workflow id has to be of this rehearsal only.
        name: named ? `rehearsal-${randomBytes(3).toString('hex')}` : 'rehearsal',
        binaries,
        onProgress,
        signal: both,
        onError: (error) => broken.abort(error),
      }),
    );
  const starts = [orGiveUp(timed(findTemporal)), orGiveUp(timed(createCluster))] as const;
  await Promise.allSettled(starts);
  signal.throwIfAborted();
  if (together.signal.aborted) throw together.signal.reason;
  const [[{ temporal, ui }, temporalMs], [cluster, clusterMs]] = await Promise.all(starts);

  const taskQueue = `proxyshift-${cluster.name}`;
  const clusters = join(directory, 'clusters.yaml');
  const workerLog = join(directory, 'worker.log');
  const [, workerMs] = await timed(async () => {
    const { name, context, uid } = cluster;
    const kubeconfig = await cluster.workerKubeconfig();
    await writeFile(clusters, rehearsalClustersYaml({ name, kubeconfig, context, uid, taskQueue }));
    const worker = cleanup.use(
      startWorkerProcess({
        clusters,
        address: temporal.address,
        namespace: temporal.namespace,
        logFile: workerLog,
        env: named ? {} : { ...withoutTemporal(), TEMPORAL_CONFIG_FILE: join(directory, 'no-profile.toml') },
        readyMessage: WORKER_RUNS,
      }),
    );
    worker.died.then((failure) => broken.abort(failure));
    await unlessAborted(worker.ready, signal);
  });
  onProgress(`worker: ready, polls task queue ${taskQueue}`);
  const timings = { binaries: binariesMs, temporal: temporalMs, cluster: clusterMs, worker: workerMs };
  return { temporal, ...(ui ? { ui } : {}), cluster, taskQueue, workerLog, broken: broken.signal, timings };
}

/** What the environment says about a Temporal of the person who rehearses, taken away. */
function withoutTemporal(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => name.startsWith('TEMPORAL_'));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function timed<T>(action: () => Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  const result = await action();
  return [result, Math.round(performance.now() - started)];
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
