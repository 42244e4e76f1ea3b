import type { Cluster } from './connect.ts';
import { ApiFailure, hasStatus } from './errors.ts';
import { type CallOptions, objectPath } from './objects.ts';
import type { ApiRequest } from './transport.ts';

export interface PodContainer {
  namespace: string;
  pod: string;
  container: string;
}

export interface LogOptions {
  /** Only the last so many lines. */
  tailLines?: number | undefined;
  /** Only lines since this time (RFC 3339). */
  sinceTime?: string | undefined;
  /** Each line with the kubelet's RFC 3339 stamp before it, which makes it unique. */
  timestamps?: boolean | undefined;
  /** The log of the container's run before this one, after a crash. */
  previous?: boolean | undefined;
  /** The server stops after so many bytes: the last line may then be cut. */
  limitBytes?: number | undefined;
}

/**
 * Reads the log of a container, oldest line first. A kubelet keeps only the last files of a log (10 MiB each): the
 * start-up lines of an old pod may be gone.
 *
 * @throws Failure `Unreachable` also while the container waits to start; `Invalid` when the pod is gone
 */
export async function readLog(
  cluster: Cluster,
  container: PodContainer,
  { signal, deadlineMs, ...options }: LogOptions & CallOptions = {},
): Promise<string[]> {
  try {
    const { text } = await cluster.transport.text({ ...logRequest(container, options), signal, deadlineMs });
    const lines = text.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  } catch (error) {
    throw waitingIsRetryable(error);
  }
}

/**
 * Yields the lines of a container's log as they are written, until the container ends or `signal` aborts (quietly;
 * an abort of the cluster's signal is thrown). There is no limit on silence: give a signal with a time-out.
 *
 * @throws Failure as `readLog`; `Unreachable` when the connection is cut
 */
export async function* followLog(
  cluster: Cluster,
  container: PodContainer,
  { signal, ...options }: Omit<LogOptions, 'previous' | 'limitBytes'> & { signal?: AbortSignal | undefined } = {},
): AsyncGenerator<string, void, undefined> {
  try {
    for await (const line of cluster.transport.lines({ ...logRequest(container, options, true), signal })) {
      // Lines that had come before the abort are still in the buffer.
      if (signal?.aborted) return;
      yield line;
    }
  } catch (error) {
    if (signal?.aborted && !cluster.signal?.aborted) return;
    throw waitingIsRetryable(error);
  }
}

function logRequest({ namespace, pod, container }: PodContainer, options: LogOptions, follow = false): ApiRequest {
  const ref = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespace, name: pod };
  return {
    method: 'GET',
    path: `${objectPath(ref)}/log`,
    query: { container, follow, ...options },
    object: `the log of Pod ${namespace}/${pod}, container ${container}`,
  };
}

/** 400 is "is waiting to start: ContainerCreating" too: a moment later it works. */
function waitingIsRetryable(error: unknown): unknown {
  if (!hasStatus(error, 400) || !/waiting to start|ContainerCreating|PodInitializing/.test(error.message)) return error;
  const { object = 'the log', hint } = error.details;
  return new ApiFailure('Unreachable', error.message, { object, ...(hint ? { hint } : {}) }, error);
}
