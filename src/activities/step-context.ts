import { ApplicationFailure, Context } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import { z } from 'zod';
import { type ClusterEntry, type ClustersFile, findCluster } from '../cluster/clusters-file.ts';
import { type Cluster, connect } from '../cluster/connect.ts';
import type { RequestRecord } from '../cluster/transport.ts';
import { Failure, type FailureKind } from '../model/failure.ts';
import { describeIssues } from '../model/schema-issues.ts';
import type { OnCluster } from '../model/steps.ts';
import type { TemporalPlace } from '../model/temporal-place.ts';

/** How often an activity tells Temporal that it is alive (ms); well below the heartbeat time-out of the workflow. */
const HEARTBEAT_INTERVAL_MS = 3_000;

/** What the activities are given by the worker. */
export interface StepEnvironment {
  /** Read anew for each activity, so that an edited clusters.yaml counts without a restart of the worker. */
  clusters: () => Promise<ClustersFile>;
  /** Where the runs of this worker are: written into the lock and the snapshot, for whoever finds them. */
  temporal?: TemporalPlace | undefined;
  /** Called after each request to a cluster's API server. */
  onRequest?: ((record: RequestRecord & { cluster: string }) => void) | undefined;
  /** Called after each try to tell a receiver something. */
  onTold?: ((record: { receiver: string; event: string; result: 'told' | 'failed' }) => void) | undefined;
  /** The page of a run in Temporal's UI, where that is known. */
  runLink?: ((run: { workflowId: string; runId: string }) => string | undefined) | undefined;
}

/** What an activity works with that asks nothing of the cluster. */
export interface WorkerContext {
  entry: ClusterEntry;
  /** Aborted when Temporal cancels the activity or the worker shuts down. */
  signal: AbortSignal;
  /** Remembers something to show in the Temporal UI while the activity runs; sent with the next heartbeat. */
  heartbeat: (details: unknown) => void;
}

/** What is enough to change a cluster, in an activity or at a terminal. */
export interface ClusterContext extends Pick<WorkerContext, 'signal' | 'heartbeat'> {
  cluster: Cluster;
}

/** What one activity works with. */
export interface StepContext extends WorkerContext, ClusterContext {}

/**
 * Makes an activity of a function: connects to the cluster and checks its identity, heartbeats, passes cancellation
 * through, and turns a `Failure` into what Temporal carries.
 */
export function asStep<Input extends OnCluster, Output>(
  environment: StepEnvironment,
  action: (context: StepContext, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return onWorker(environment, async (context, input) => {
    const cluster = await wayIn(environment, context);
    return await action({ ...context, cluster }, input);
  });
}

/** As {@link asStep}, of a function that needs the cluster's entry in clusters.yaml and not the cluster. */
export function onWorker<Input extends OnCluster, Output>(
  environment: StepEnvironment,
  action: (context: WorkerContext, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    let details: unknown;
    const beat = setInterval(() => context.heartbeat(details), HEARTBEAT_INTERVAL_MS);
    try {
      const entry = await toBeMended(async () => findCluster(await environment.clusters(), input.cluster));
      return await action(
        {
          entry,
          signal: context.cancellationSignal,
          heartbeat: (next) => {
            details = next;
            context.heartbeat(next);
          },
        },
        input,
      );
    } catch (error) {
      throw toApplicationFailure(error);
    } finally {
      clearInterval(beat);
    }
  };
}

/** Connects to the cluster of an entry. @throws Failure */
export function wayIn({ onRequest }: StepEnvironment, { entry, signal }: WorkerContext): Promise<Cluster> {
  return toBeMended(() =>
    connect(entry, {
      signal,
      ...(onRequest ? { onRequest: (record) => onRequest({ ...record, cluster: entry.name }) } : {}),
    }),
  );
}

/** @throws Failure `Disconnected` for whatever a person has to mend on the worker: nothing was asked of the cluster yet */
async function toBeMended<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Failure) || error.kind === 'Unreachable') throw error;
    throw new Failure('Disconnected', error.message, error.details);
  }
}

/**
 * Retrying is decided by the workflow's retry policy, by the failure's kind. A cancellation passes as it is. Anything
 * else is a defect or an object of a shape that nobody expected: doing it again gives the same.
 */
function toApplicationFailure(error: unknown): unknown {
  if (error instanceof Failure) {
    return ApplicationFailure.create({ type: error.kind, message: error.message, details: [error.details] });
  }
  if (error instanceof z.ZodError) {
    const message = `the cluster returned something unexpected: ${describeIssues(error)}`;
    return ApplicationFailure.create({ type: 'Invalid' satisfies FailureKind, message, nonRetryable: true });
  }
  if (error instanceof TemporalFailure || (error instanceof Error && error.name === 'AbortError')) return error;
  return ApplicationFailure.fromError(error instanceof Error ? error : new Error(String(error)), {
    nonRetryable: true,
  });
}
