import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const components = ['kwok-controller', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd'];

/**
 * Stops what kwokctl has started in `home`. Its own `delete` waits for each process in turn and keeps no promise on
 * failure; the pid files are its record.
 */
export async function stopProcesses(home: string): Promise<void> {
  const pids = await Promise.all(components.map((component) => readPid(join(home, 'pids', `${component}.pid`))));
  const running = pids.filter((pid) => pid !== undefined);
  // Nothing in there is worth an orderly shutdown: the directory is removed next.
  for (const pid of running) signalProcess(pid, 'SIGKILL');
  // They are not children of this process, so their end cannot be awaited as an event.
  const limit = Date.now() + 5_000;
  while (Date.now() < limit && (await anyAlive(running))) await delay(10);
}

async function readPid(path: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(path, 'utf8'), 10);
    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (error) {
    // A component that was never started has no pid file.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A zombie is not alive: in a container whose first process does not reap, it stays for ever. */
async function anyAlive(pids: number[]): Promise<boolean> {
  for (const pid of pids) {
    if (!signalProcess(pid, 0)) continue;
    // Where there is no /proc, the answer to the signal counts.
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (!/\) [ZX] /.test(stat)) return true;
  }
  return false;
}

/** Whether the process was there to get the signal. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/**
 * Cleans up when this process is gone without `close()`, however it went: the pipe ends, and the shell that reads it
 * stops the cluster's processes, which kwokctl has made daemons, and removes the directory.
 */
export function startGuard(directory: string, name: string): ChildProcess {
  const script = `
    trap '' INT TERM HUP
    cat
    for file in "$1/clusters/$2/pids/"*.pid; do [ -f "$file" ] && kill -KILL "$(cat "$file")"; done
    sleep 1
    rm -rf "$1"
  `;
  const guard = spawn('/bin/sh', ['-c', script, 'proxyshift-guard', directory, name], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  guard.stdin?.on('error', () => undefined); // EPIPE: the guard went first. Nothing is ever written.
  if (guard.stdin && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return guard;
}
