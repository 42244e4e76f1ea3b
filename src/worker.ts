import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import { GracefulShutdownPeriodExpiredError, NativeConnection, Worker } from '@temporalio/worker';
import { createSteps } from './activities/create.ts';
import { DEFAULT_TASK_QUEUE } from './cli/task-queue.ts';
import { noTemporal, type TemporalTarget, temporalTarget } from './cli/temporal/connect.ts';
import { fromGrpc } from './cli/temporal/errors.ts';
import { registerSearchAttributes } from './cli/temporal/search-attributes.ts';
import { uiLink } from './cli/temporal/ui-link.ts';
import { defaultClustersPath, loadClustersFile } from './cluster/clusters-file.ts';
import { startHealthServer } from './worker/health-server.ts';
import { createLog, type Logger, temporalLogger, WORKER_RUNS } from './worker/log.ts';
import { lookAtRuns } from './worker/look-at-runs.ts';
import { workerMetrics } from './worker/metrics.ts';
import { runMetrics } from './worker/run-metrics.ts';
import { installRuntime } from './worker/runtime.ts';
import { onShutdownSignal } from './worker/shutdown-signals.ts';
import { loadWorkflowBundle } from './worker/workflow-bundle.ts';

/**
 * Steps that one worker does at once. A run has one at a time, which mostly waits on watches of a cluster's API server;
 * its memory is what counts (a list of the pods of a large cluster).
 */
const MAX_ACTIVITIES = 20;
/** After the grace time activities are cancelled; how long they may take for it before the process ends anyway (ms). */
const CANCEL_TIME_MS = 10_000;
/** How long the namespace may take to answer at the start (ms). */
const NAMESPACE_DEADLINE_MS = 10_000;

export interface WorkerOptions {
  /** Path of the clusters file. Default: `$PROXYSHIFT_CLUSTERS` or ./clusters.yaml. */
  clusters?: string;
  /** Default: the one in the clusters file, or `proxyshift`. */
  taskQueue?: string;
  /** `host:port` of Temporal. Default: as the environment says. */
  address?: string;
  namespace?: string;
  /** Port of /healthz and /metrics; 0 is off. Default: 0. */
  healthPort?: number;
  /** Default: 127.0.0.1. */
  healthHost?: string;
  /** How long steps may go on after a shutdown was asked for, before they are cancelled (ms). Default: 30,000. */
  shutdownGrace?: number;
  /** `host:port` to serve the metrics of Temporal's SDK at. Default: off. */
  sdkMetrics?: string;
  /** Aborting shuts the worker down gracefully. */
  signal?: AbortSignal;
  log?: Logger;
}

/**
 * Runs a worker until `signal` is aborted; resolves when it has shut down.
 *
 * @throws Failure for a clusters file that cannot be used, a Temporal that does not answer, a namespace that does not
 * exist, a port that is taken
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { healthPort = 0, healthHost = '127.0.0.1', shutdownGrace = 30_000, signal, log = createLog() } = options;
  const path = options.clusters ?? defaultClustersPath();
  const file = await loadClustersFile(path);
  const taskQueue = options.taskQueue ?? file.taskQueue ?? DEFAULT_TASK_QUEUE;
  const target = temporalTarget(options);
  const { address, namespace } = target;

  installRuntime(log, options.sdkMetrics);
  const [connection, workflowBundle] = await Promise.all([connect(target), loadWorkflowBundle(temporalLogger(log))]);
  try {
    await checkNamespace(connection, target);
    await registerOrWarn(connection, namespace, log);

    let state = () => 'INITIALIZED';
    const metrics = workerMetrics(() => state());
    const client = new Client({ connection, namespace });
    runMetrics(metrics.registry, lookAtRuns(client, taskQueue));
    const health =
      healthPort === 0
        ? undefined
        : await startHealthServer({
            host: healthHost,
            port: healthPort,
            state: () => state(),
            registry: metrics.registry,
          });
    await using _health = health;
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowBundle,
      // Read anew for each step: an edit counts at once, and a broken one fails the step with a message.
      activities: createSteps({
        clusters: () => loadClustersFile(path),
        temporal: { address, namespace },
        onRequest: metrics.onRequest,
        onTold: metrics.onTold,
        runLink: (run) => uiLink({ address, namespace, ...run }),
      }),
      identity: `${process.pid}@${process.env.POD_NAME ?? hostname()}`,
      maxConcurrentActivityTaskExecutions: MAX_ACTIVITIES,
      shutdownGraceTime: shutdownGrace,
      shutdownForceTime: shutdownGrace + CANCEL_TIME_MS,
    });
    state = () => worker.getState();

    const shutdown = () => worker.getState() === 'RUNNING' && worker.shutdown();
    signal?.addEventListener('abort', shutdown, { once: true });
    try {
      const running = worker.run();
      const clusters = file.clusters.map((cluster) => cluster.name);
      log.info({ address, namespace, taskQueue, clusters, healthPort: health?.port }, WORKER_RUNS);
      if (signal?.aborted) shutdown();
      await running;
      log.info('worker has shut down');
    } finally {
      signal?.removeEventListener('abort', shutdown);
    }
  } finally {
    await connection.close();
  }
}

/** `proxyshift worker`: until SIGTERM or SIGINT; a second one ends the process at once. Returns the exit code. */
export async function main(options: WorkerOptions): Promise<number> {
  const log = createLog();
  using shutdown = onShutdownSignal((name) => log.info({ signal: name }, 'shutting down'));
  try {
    await runWorker({ ...options, log, signal: shutdown.signal });
    return 0;
  } catch (error) {
    if (!(error instanceof GracefulShutdownPeriodExpiredError)) throw error;
    log.error('steps did not end in time; another worker takes them over');
    return 1;
  }
}

async function connect({ address, connectionOptions }: TemporalTarget): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions);
  } catch (error) {
    throw noTemporal(address, error);
  }
}

async function checkNamespace(connection: NativeConnection, target: TemporalTarget): Promise<void> {
  const { namespace } = target;
  try {
    await connection.withDeadline(Date.now() + NAMESPACE_DEADLINE_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (error) {
    throw fromGrpc(target, error);
  }
}

/** A Temporal that does not allow it may have them already: a run would say so otherwise. */
async function registerOrWarn(connection: NativeConnection, namespace: string, log: Logger): Promise<void> {
  try {
    const added = await registerSearchAttributes({ connection, namespace });
    if (added.length > 0) log.info({ added }, 'registered search attributes');
  } catch (error) {
    log.warn({ error }, 'could not register the search attributes; see deploy for how to register them by hand');
  }
}
