import { createWriteStream } from 'node:fs';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Failure } from '../../model/failure.ts';
import { spawnTied } from '../../rehearsal/binaries/tied-process.ts';

/** How many of the worker's last log lines an error quotes. */
const QUOTED_LINES = 15;
/** Its steps are cancelled after 1 s; then it has to go (ms). */
const STOP_GRACE_MS = 8_000;

export interface WorkerProcessOptions {
  clusters: string;
  address: string;
  namespace: string;
  /** Everything that the worker logs. */
  logFile: string;
  /** Environment variables that are added, or taken away (`undefined`). */
  env: NodeJS.ProcessEnv;
  /** The line of the log that says that the worker polls. */
  readyMessage: string;
}

/** `proxyshift worker` in a process of its own, as in production. It ends with this process at the latest. */
export interface WorkerProcess extends AsyncDisposable {
  pid: number;
  /** Resolves when the worker polls. @throws Failure with the end of its log where it ends before */
  ready: Promise<void>;
  /** Resolves with a failure when the worker has ended without being asked to. */
  died: Promise<Failure>;
}

export function startWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { clusters, address, namespace, logFile, env, readyMessage } = options;
  const starter = join(import.meta.dirname, '..', '..', `starter${extname(import.meta.filename)}`);
  const child = spawnTied(
    process.execPath,
    [
      ...[starter, 'worker', '--clusters', clusters, '--address', address, '--namespace', namespace],
      ...['--health-port', '0', '--shutdown-grace', '1s'],
    ],
    { env: { ...process.env, ...env } },
  );
  const log = createWriteStream(logFile);
  const lastLines: string[] = [];
  const polls = Promise.withResolvers<void>();
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      log.write(`${line}\n`);
      lastLines.push(line);
      if (lastLines.length > QUOTED_LINES) lastLines.shift();
      if (line.includes(`"${readyMessage}"`)) polls.resolve();
    });
  }
  let asked = false;
  const died = new Promise<Failure>((resolve) => {
    child.exited.then(({ code, signal }) => {
      log.end();
      if (asked) return;
      const how = signal ? `was killed by ${signal}` : `ended with ${code}`;
      const hint = lastLines.length > 0 ? `Its last lines:\n    ${lastLines.join('\n    ')}` : 'It said nothing.';
      resolve(new Failure('Unhealthy', `The worker ${how}.`, { object: 'proxyshift worker', hint }));
    });
  });
  return {
    pid: child.pid,
    ready: Promise.race([
      polls.promise,
      died.then((failure) => {
        throw failure;
      }),
    ]),
    died,
    [Symbol.asyncDispose]: async () => {
      asked = true;
      await child.stop(STOP_GRACE_MS);
    },
  };
}
