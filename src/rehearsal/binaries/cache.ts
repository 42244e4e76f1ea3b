import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { Failure } from '../../model/failure.ts';
import type { Platform } from './platform.ts';
import type { BinarySpec } from './specs.ts';

/** A lock whose owner has not touched it for this long (ms) belongs to a process that is gone. */
const staleAfter = 15_000;
/** How often a waiting process looks whether the lock is free, in ms. */
const lockInterval = 250;
const partialPrefix = '.partial-';

/** The project's cache: `PROXYSHIFT_CACHE`, else `$XDG_CACHE_HOME/proxyshift`, else `~/.cache/proxyshift`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.PROXYSHIFT_CACHE) return resolve(environment.PROXYSHIFT_CACHE);
  const xdg = environment.XDG_CACHE_HOME;
  // The XDG base directory specification: a relative path is invalid and to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.cache'), 'proxyshift');
}

/** Where one executable lives in the cache. The version and the platform are part of the path. */
export function cachedPath(cache: string, spec: BinarySpec, platform: Platform): string {
  return join(cache, 'bin', `${platform.os}-${platform.arch}`, spec.name, spec.version, spec.name);
}

export interface LockOptions {
  /** Called once, when another process holds the lock. */
  onWait?: () => void;
  signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding a lock that every process on this machine respects. A lock left by a killed process is
 * taken over after 15 s. `work` gets a signal that is aborted when the lock was lost (this process was stopped for
 * longer than that) or when `signal` is.
 *
 * @throws Failure `Refused` where the folder cannot be made.
 */
export async function withLock<T>(
  directory: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  await makeFolder(directory);
  const lost = new AbortController();
  const release = await acquire(directory, options, (error) => lost.abort(error));
  try {
    return await work(options.signal ? AbortSignal.any([options.signal, lost.signal]) : lost.signal);
  } finally {
    // A lost lock is somebody else's now: there is nothing to release.
    if (!lost.signal.aborted) await release();
  }
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      'Refused',
      `The cache cannot be written: ${why}.`,
      {
        object: directory,
        hint: 'Set PROXYSHIFT_CACHE to a folder that you may write, with about 1 GB to spare.',
      },
      { cause: error },
    );
  }
}

async function acquire(
  directory: string,
  { onWait, signal }: LockOptions,
  onCompromised: (error: Error) => void,
): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted();
    try {
      return await lock(directory, { lockfilePath: join(directory, '.lock'), stale: staleAfter, onCompromised });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    if (!waited) onWait?.();
    // The lock is a directory whose owner refreshes its mtime: there is nothing to watch that works on every platform
    // and also tells that the owner died.
    await delay(lockInterval, undefined, signal ? { signal } : undefined).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** A name for a file that is being made, in the same file system as the finished one. The caller holds the lock. */
export async function partialPath(directory: string): Promise<string> {
  // What is left here by a process that was killed: the lock is ours, so nobody is writing it.
  const left = (await readdir(directory)).filter((name) => name.startsWith(partialPrefix));
  await Promise.all(left.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  return join(directory, `${partialPrefix}${randomUUID()}`);
}

/** Puts a finished file in its place. `rename` is atomic: no process ever sees half of it, not even after a power cut. */
export async function install(partial: string, path: string): Promise<void> {
  const file = await open(partial);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}
