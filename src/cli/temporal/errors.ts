import { isGrpcServiceError, type WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, NamespaceNotFoundError, TerminatedFailure } from '@temporalio/common';
import { Failure, failureDetailsSchema, failureKindSchema } from '../../model/failure.ts';
import { noTemporal } from './connect.ts';

/** Converts what a call to Temporal threw. */
export function fromGrpc({ address, namespace }: { address: string; namespace: string }, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const said = reasonOf(error);
  if (error instanceof NamespaceNotFoundError) return noNamespace(address, namespace, error);
  switch (grpcCode(error)) {
    case 14: // UNAVAILABLE
      return noTemporal(address, error);
    case 5: // NOT_FOUND
      return noNamespace(address, namespace, error);
    case 7: // PERMISSION_DENIED
    case 16: // UNAUTHENTICATED
      return new Failure(
        'Forbidden',
        `Temporal at ${address} refuses these credentials for namespace "${namespace}": ${said}`,
        { hint: 'Look at TEMPORAL_API_KEY, TEMPORAL_TLS_* or the profile in use.' },
        { cause: error },
      );
    default:
      return new Failure(
        'Unreachable',
        `Temporal at ${address} did not do what was asked: ${said}`,
        {},
        { cause: error },
      );
  }
}

function noNamespace(address: string, namespace: string, cause: unknown): Failure {
  return new Failure(
    'Invalid',
    `Temporal at ${address} has no namespace "${namespace}".`,
    { hint: 'Set TEMPORAL_NAMESPACE or --namespace to one that exists.' },
    { cause },
  );
}

/** The gRPC status code of an error of the SDK, or of its cause. */
export function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause.code : undefined;
}

function reasonOf(error: unknown): string {
  if (isGrpcServiceError(error)) return error.details;
  if (error instanceof Error && isGrpcServiceError(error.cause)) return error.cause.details;
  return error instanceof Error ? error.message : String(error);
}

/** Why a run ended without a report: the failure of the step that ended it, as it was thrown on the worker. */
export function whyItFailed(cluster: string, error: WorkflowFailedError): Failure {
  if (error.cause instanceof CancelledFailure)
    return new Failure('Refused', `The run on ${cluster} was cancelled in Temporal.`, {}, { cause: error });
  if (error.cause instanceof TerminatedFailure)
    return new Failure(
      'Refused',
      `The run on ${cluster} was terminated in Temporal: ${error.cause.message}`,
      { hint: `Nothing was undone. Look at the cluster, then: proxyshift start ${cluster}` },
      { cause: error },
    );
  let cause: unknown = error.cause;
  while (cause instanceof Error && !(cause instanceof ApplicationFailure) && cause.cause !== undefined) {
    cause = cause.cause;
  }
  if (cause instanceof ApplicationFailure) {
    const kind = failureKindSchema.safeParse(cause.type);
    const details = failureDetailsSchema.safeParse(cause.details?.[0] ?? {});
    return new Failure(kind.success ? kind.data : 'Invalid', cause.message, details.success ? details.data : {}, {
      cause: error,
    });
  }
  const said = cause instanceof Error ? cause.message : String(cause ?? error.message);
  return new Failure('Invalid', `The run on ${cluster} failed: ${said}`, {}, { cause: error });
}
