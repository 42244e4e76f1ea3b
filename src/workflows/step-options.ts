import { type ActivityInterfaceFor, type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { FailureKind } from '../model/failure.ts';
import type { MigrationSteps } from '../model/steps.ts';

/**
 * Failures that doing the same thing again does not mend. `Unreachable` is missing on purpose: the API server may be
 * away for an hour and the run goes on when it is back. So is `Disconnected`: an expired token is no reason to undo a
 * migration, and could not be used to undo it either.
 */
const final: FailureKind[] = ['Blocked', 'Refused', 'Drifted', 'Unhealthy', 'Forbidden', 'Invalid'];
/** A step that overruns its own limit failed; a worker that died shows as a heartbeat time-out, and is replaced. */
const overrun = 'TemporalTimeout:StartToClose';

/** Looking at every node of a large cluster takes a while (ms). */
export const EVERY_NODE_TIMEOUT_MS = 15 * 60_000;

/** How long after a step's own limit Temporal gives up on its activity: room to report and to be cancelled (ms). */
export const LIMIT_MARGIN_MS = 60_000;

/** A worker that has not heartbeaten for this long is taken for dead and its activity is given to another (ms). */
const heartbeatTimeout = 15_000;

const forward: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout,
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    nonRetryableErrorTypes: [...final, overrun],
  },
};

/**
 * An undo step is tried again whatever its failure was; after these attempts the run says that it is stuck, waits, and
 * starts over (see compensations.ts).
 */
const backward: ActivityOptions = {
  ...forward,
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '10s',
    maximumAttempts: 4,
    nonRetryableErrorTypes: ['Unhealthy', overrun],
  },
};

export interface StepOptions {
  /** What a person reads in the Temporal UI; cut to the 200 bytes that Temporal takes. */
  summary: string;
  /** How long one attempt may take (ms); default two minutes. */
  timeoutMs?: number;
}

/** Looking before anything was written: here a worker that has no way in is a failure to be told at once. */
export function look(options: StepOptions): ActivityInterfaceFor<MigrationSteps> {
  const nonRetryableErrorTypes = [...final, 'Disconnected' satisfies FailureKind, overrun];
  return proxyActivities<MigrationSteps>(
    withSummary({ ...forward, retry: { ...forward.retry, nonRetryableErrorTypes } }, options),
  );
}

/**
 * Verifying a signature: somebody waits for the answer at a terminal, and can ask again. So it ends soon, whatever is
 * wrong with the workers: before the command line gives up (20 s).
 */
export function verification(): ActivityInterfaceFor<MigrationSteps> {
  return proxyActivities<MigrationSteps>({
    summary: 'Verify the signature of an approval',
    startToCloseTimeout: '10 seconds',
    scheduleToCloseTimeout: '15 seconds',
    heartbeatTimeout,
    retry: { maximumAttempts: 2, nonRetryableErrorTypes: [...final, 'Disconnected' satisfies FailureKind] },
  });
}

/**
 * Telling somebody what has happened: five tries within some five minutes. Nothing waits for it but the end of a run, which
 * does not wait for long.
 */
export function telling(summary: string): Pick<ActivityInterfaceFor<MigrationSteps>, 'notify'> {
  return proxyActivities<MigrationSteps>({
    summary,
    startToCloseTimeout: '45 seconds',
    scheduleToCloseTimeout: '10 minutes',
    heartbeatTimeout,
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 6,
      maximumInterval: '4 minutes',
      maximumAttempts: 5,
      nonRetryableErrorTypes: final,
    },
  });
}

/** A step on the way forward. */
export function step(options: StepOptions): ActivityInterfaceFor<MigrationSteps> {
  return proxyActivities<MigrationSteps>(withSummary(forward, options));
}

/** A step on the way back. */
export function undoStep(options: StepOptions): ActivityInterfaceFor<MigrationSteps> {
  return proxyActivities<MigrationSteps>(withSummary(backward, options));
}

function withSummary(base: ActivityOptions, { summary, timeoutMs }: StepOptions): ActivityOptions {
  return {
    ...base,
    summary: summary.length <= 180 ? summary : `${summary.slice(0, 179)}…`,
    ...(timeoutMs === undefined ? {} : { startToCloseTimeout: timeoutMs }),
  };
}
