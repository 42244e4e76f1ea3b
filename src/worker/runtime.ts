import { IllegalStateError } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import { type Logger, temporalLogger } from './log.ts';

let installed = false;

/**
 * Sets the SDK's runtime up, of which a process has one: its log goes where ours goes, its shutdown is ours to decide,
 * and its metrics are served at `sdkMetrics` (`host:port`) where that is given.
 */
export function installRuntime(log: Logger, sdkMetrics?: string): void {
  if (installed) return;
  try {
    Runtime.install({
      logger: temporalLogger(log),
      shutdownSignals: [],
      telemetryOptions: {
        logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
        ...(sdkMetrics
          ? {
              metrics: {
                prometheus: { bindAddress: sdkMetrics, countersTotalSuffix: true, useSecondsForDurations: true },
              },
            }
          : {}),
      },
    });
    installed = true;
  } catch (error) {
    // A test environment in the same process has made one already.
    if (!(error instanceof IllegalStateError)) throw error;
    log.warn('the Temporal runtime was set up before: its log and metrics stay as they are');
  }
}
