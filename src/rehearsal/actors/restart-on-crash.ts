import { setTimeout as delay } from 'node:timers/promises';
import type { KubeApi } from '../kube-api.ts';
import type { ContainerLogs } from './container-log.ts';
import { type Pod, reportContainer } from './pod.ts';

/** The longest back-off of a crashing container, as a multiple of the first: 5 min to 10 s in a kubelet. */
const maxBackoffFactor = 16;

/** A container whose program may crash. */
export interface Crashing {
  pod: Pod;
  logs: ContainerLogs;
  /** By crashes and reboots; counted on here. */
  restarts: number;
}

export interface CrashOptions {
  api: KubeApi;
  /** The first back-off (ms). */
  backoffMs: number;
  signal: AbortSignal;
}

/** What a kubelet does with a container: start it, and after a crash start it again with back-off; until it is `over`. */
export async function restartOnCrash(
  running: Crashing,
  { api, backoffMs, signal }: CrashOptions,
  runOnce: () => Promise<{ lastExitCode: number; over: boolean }>,
): Promise<void> {
  const { pod, logs } = running;
  for (let crashes = 0; !signal.aborted; crashes += 1) {
    const { lastExitCode, over } = await runOnce();
    if (signal.aborted || over) return;
    await reportContainer(api, pod, { restarts: running.restarts, running: false, lastExitCode }, signal);
    await delay(backoffMs * Math.min(2 ** crashes, maxBackoffFactor), undefined, { signal });
    running.restarts += 1;
    logs.restart();
    await reportContainer(api, pod, { restarts: running.restarts, running: true, lastExitCode }, signal);
  }
}
