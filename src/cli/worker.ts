import { Command } from 'commander';
import {
  type ClustersOptions,
  examples,
  type TemporalOptions,
  timeSpan,
  wholeNumber,
  withClusters,
  withTemporal,
} from './options.ts';

interface WorkerCommandOptions extends TemporalOptions, ClustersOptions {
  taskQueue?: string;
  healthPort: number;
  healthHost: string;
  shutdownGrace: number;
  sdkMetrics?: string;
}

export function workerCommand(): Command {
  const command = new Command('worker')
    .description(
      'Runs the worker: it holds the kubeconfigs, talks to the clusters, and does the steps of every run on its task ' +
        'queue. Run it outside the clusters that it changes. It serves /healthz and /metrics, and logs JSON on standard ' +
        'error (LOG_LEVEL: trace, debug, info, warn, error). SIGTERM lets steps that are under way end or be taken over by ' +
        'another worker; a second one ends it at once.',
    )
    .option('--task-queue <name>', 'task queue to poll (default: the one in the clusters file, or proxyshift)')
    .option('--health-port <port>', 'port of /healthz and /metrics; 0 is off', wholeNumber(0, 65_535), 8080)
    .option('--health-host <address>', 'address that it listens on', '0.0.0.0')
    .option('--shutdown-grace <time>', 'how long steps may go on after SIGTERM', timeSpan, 30_000)
    .option('--sdk-metrics <host:port>', "serve the metrics of Temporal's SDK there as well (default: off)")
    .addHelpText(
      'after',
      examples(
        'proxyshift worker --clusters /etc/proxyshift/clusters.yaml',
        'LOG_LEVEL=debug proxyshift worker --health-port 0',
      ),
    );
  return withClusters(withTemporal(command)).action(async (options: WorkerCommandOptions) => {
    const { main } = await import('../worker.ts');
    process.exitCode = await main(options);
  });
}
