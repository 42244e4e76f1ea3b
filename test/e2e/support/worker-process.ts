import { startWorkerProcess } from '../../../src/cli/rehearse/worker-process.ts';
import { WORKER_RUNS } from '../../../src/worker/log.ts';

/** A worker in a process of its own, as in production: it can be killed. */
export interface RunningWorker {
  /** SIGKILL: no grace, nothing is handed over. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

/** Starts `proxyshift worker` and waits until it polls. */
export async function startWorker(options: {
  address: string;
  clusters: string;
  logFile: string;
}): Promise<RunningWorker> {
  const worker = startWorkerProcess({ ...options, namespace: 'default', env: {}, readyMessage: WORKER_RUNS });
  await worker.ready;
  return {
    kill: async () => {
      process.kill(worker.pid, 'SIGKILL');
      await worker.died;
    },
    stop: async () => worker[Symbol.asyncDispose](),
  };
}
