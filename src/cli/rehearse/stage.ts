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
import { unlessAborted } from '../unless-aborted.ts';
import { rehearsalClustersYaml } from './clusters-yaml.ts';
import { startWorkerProcess } from './worker-process.ts';

/** The line of a worker's log that says that it polls; worker/log.ts, which would load the whole worker here. */
const WORKER_RUNS = 'worker is running';

export interface StageOptions extends TemporalOptions {
  cluster: Pick<RehearsalOptions, 'nodes' | 'calico' | 'calicoVersion' | 'scenario' | 'also' | 'timing'>;
  /** Of the cluster's entry in the clusters file, where it is not as a person wants to watch it. */
  rollout?: Record<string, string | number>;
  /** Whether a probe measures traffic, and what a node may lose. */
  probe?: { limitMs?: number } | undefined;
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
  /** Path of the clusters file, with this one cluster. */
  clusters: string;
  /** The worker's log. */
  workerLog: string;
  workerPid: number;
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

  // In a Temporal that others use too, workflow id and task queue have to be of this rehearsal only.
  const name = named ? `rehearsal-${randomBytes(3).toString('hex')}` : 'rehearsal';
  const taskQueue = `proxyshift-${name}`;
  const clusters = join(directory, 'clusters.yaml');
  const workerLog = join(directory, 'worker.log');
  await writeFile(clusters, rehearsalClustersYaml({ taskQueue, clusters: [] }));

  // What fails first is what is told; the other starts are given up, and all have settled before anything is taken down.
  const together = new AbortController();
  const all = AbortSignal.any([signal, together.signal]);
  const start = async <T>(action: () => Promise<T>): Promise<[T, number]> => {
    try {
      return await timed(action);
    } catch (error) {
      together.abort(error);
      throw error;
    }
  };
  const findTemporal = async () => {
    if (named || !('temporal' in binaries)) return { temporal: cleanup.use(await connectTemporal(options)) };
    const server = await startTemporal({
      binary: binaries.temporal,
      searchAttributes: searchAttributeList,
      onProgress,
      signal: all,
    });
    cleanup.defer(() => server.stop());
    const connection = await connectTemporal({ ...server, ignoreEnvironment: true });
    return { temporal: cleanup.use(connection), ui: server.uiUrl };
  };
  const createCluster = async () => {
    const cluster = cleanup.use(
      await createRehearsalCluster({
        ...options.cluster,
        name,
        binaries,
        onProgress,
        signal: all,
        onError: (error) => broken.abort(error),
      }),
    );
    const { context, uid } = cluster;
    const kubeconfig = await cluster.workerKubeconfig();
    const { rollout = {}, probe } = options;
    await writeFile(
      clusters,
      rehearsalClustersYaml({
        taskQueue,
        clusters: [{ name, kubeconfig, context, uid }],
        rollout,
        ...(probe ? { probe } : {}),
      }),
    );
    return cluster;
  };
  const startWorker = async ({ temporal }: { temporal: Temporal }) => {
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
    await unlessAborted(worker.ready, all);
    onProgress(`worker: ready, polls task queue ${taskQueue}`);
    return worker.pid;
  };
  const temporalStart = start(findTemporal);
  // A worker reads its clusters file anew for each step: it can start before there is a cluster.
  const workerStart = temporalStart.then(([found]) => start(() => startWorker(found)));
  const starts = [temporalStart, start(createCluster), workerStart] as const;
  await Promise.allSettled(starts);
  signal.throwIfAborted();
  if (together.signal.aborted) throw together.signal.reason;
  const [[{ temporal, ui }, temporalMs], [cluster, clusterMs], [workerPid, workerMs]] = await Promise.all(starts);
  const timings = { binaries: binariesMs, temporal: temporalMs, cluster: clusterMs, worker: workerMs };
  return {
    temporal,
    ...(ui ? { ui } : {}),
    cluster,
    taskQueue,
    clusters,
    workerLog,
    workerPid,
    broken: broken.signal,
    timings,
  };
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
