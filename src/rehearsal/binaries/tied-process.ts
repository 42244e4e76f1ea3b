import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * The command is started through this script, which leaves a watcher behind and then becomes the command (`exec`: same
 * process id). The watcher reads a pipe whose other end only the parent holds. When the parent is gone, however it
 * went, the pipe ends, and the watcher stops the whole process group: SIGINT, and SIGKILL 5 s later.
 *
 * `$$` is the leader of the group that the watcher is in, so the id cannot be given to another process while it waits.
 * Written for any POSIX shell: `PR_SET_PDEATHSIG` exists on Linux only, and Node does not expose it.
 *
 * Not possible: to survive a SIGKILL of the watcher itself, or a SIGSTOP of the parent (the pipe stays open).
 */
const script = `
exec 3<&0 </dev/null
(
  trap '' INT TERM HUP
  exec >/dev/null 2>&1
  cat <&3
  kill -0 $$ || exit 0
  kill -INT -$$
  for _ in 1 2 3 4 5; do sleep 1; kill -0 $$ || exit 0; done
  kill -KILL -$$
) &
exec 3<&- "$@"
`;

export interface TiedProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** A child process that ends when its parent does. */
export interface TiedProcess {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process has ended and its output has been read. Never rejects. */
  readonly exited: Promise<ProcessEnd>;
  /** SIGINT to the process and its children, SIGKILL after `grace` ms (default 5,000). Resolves when it has ended. */
  stop(grace?: number): Promise<ProcessEnd>;
}

export interface ProcessEnd {
  /** The exit code, or `null` where a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

/**
 * Starts `command` in a process group of its own, so that Ctrl-C in the terminal reaches the parent only, which can
 * then stop its children in the right order; and tied to the parent, so that it does not outlive it.
 *
 * A command that does not exist ends with code 127, as in a shell.
 */
export function spawnTied(command: string, args: readonly string[], options: TiedProcessOptions = {}): TiedProcess {
  const child = spawn('/bin/sh', ['-c', script, 'proxyshift', command, ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
  });
  const { stdin, stdout, stderr, pid } = child;
  const exited = ended(child);
  if (pid === undefined) throw new Error(`could not start ${command}: /bin/sh did not start`);
  // Ending the pipe lets the watcher go once the process has ended by itself.
  child.once('exit', () => stdin.destroy());
  stdin.on('error', () => undefined); // EPIPE: the watcher went first. Nothing is ever written.

  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // ESRCH: it ended between the check and the signal. EPERM: macOS says so for a group of zombies only.
      if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')))
        throw error;
    }
  };

  return {
    pid,
    stdout,
    stderr,
    exited,
    async stop(grace = 5_000) {
      signalGroup('SIGINT');
      const timer = new AbortController();
      const late = delay(grace, undefined, { signal: timer.signal }).then(
        () => signalGroup('SIGKILL'),
        () => undefined, // It ended in time.
      );
      const end = await exited;
      timer.abort();
      await late;
      return end;
    },
  };
}

function ended(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}
