import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnTied } from '../../../src/rehearsal/binaries/tied-process.ts';
import { WORKER_RUNS } from '../../../src/worker/log.ts';

const starter = fileURLToPath(new URL('../../../src/starter.ts', import.meta.url));

/** A worker in a process of its own, as in production: it can be killed. */
export interface RunningWorker {
  pid: number;
  /** SIGKILL: no grace, nothing is handed over. */
  kill(): Promise<void>;
  /** SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
  /** Everything it has logged so far. */
  log(): string;
}

/** Starts `proxyshift worker` and waits until it polls. */
export async function startWorkerProcess({
  address,
  clustersFile,
}: {
  address: string;
  clustersFile: string;
}): Promise<RunningWorker> {
  const args = [
    starter,
    'worker',
    '--address',
    address,
    '--clusters',
    clustersFile,
    '--shutdown-grace',
    '1s',
    '--health-port',
    '0',
  ];
  const child = spawnTied(process.execPath, args, { env: { ...process.env, LOG_LEVEL: 'info' } });
  const lines: string[] = [];
  const { promise: runs, resolve } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (line.includes(WORKER_RUNS)) resolve();
    });
  }
  const log = () => lines.join('\n');
  const exited = child.exited.then(() => Promise.reject(new Error(`the worker ended:\n${log()}`)));
  exited.catch(() => undefined); // Only of interest while it starts.
  await Promise.race([runs, exited]);
  return {
    pid: child.pid,
    log,
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    stop: async () => {
      await child.stop();
    },
  };
}
