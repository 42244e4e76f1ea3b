import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import {
  type FailureDetails,
  type FailureKind,
  type FailureRecord,
  failureDetailsSchema,
  failureKindSchema,
} from '../model/failure.ts';

/** A failure of an activity as the record that proxyshift reports: one sentence, the object, what to do. */
export function toFailureRecord(error: unknown): FailureRecord {
  if (isCancellation(error)) return { kind: 'Refused', message: 'the run was cancelled in Temporal' };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const kind = failureKindSchema.safeParse(cause.type);
    const details = failureDetailsSchema.safeParse(cause.details?.[0] ?? {});
    if (kind.success) return { kind: kind.data, message: cause.message, ...(details.success ? details.data : {}) };
  }
  if (cause instanceof TimeoutFailure) {
    const last = cause.cause instanceof Error ? `; the last attempt said: ${cause.cause.message}` : '';
    return { kind: 'Unhealthy', message: `the step did not end in its time${last}` };
  }
  return { kind: 'Invalid', message: cause instanceof Error ? cause.message : String(cause) };
}

/** Something that the workflow itself finds unhealthy: what a step that fails so throws. */
export function unhealthy(message: string, details: FailureDetails = {}): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Unhealthy' satisfies FailureKind,
    message,
    details: [details],
    nonRetryable: true,
  });
}
