import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { BinarySpec } from './specs.ts';

const run = promisify(execFile);

/** How long a version command may take, in ms: generous, since a 100 MB executable may come from a cold disk. */
const probeTimeout = 30_000;

/** What an executable said when it was asked for its version. */
export type Probe = { ok: true; version: string } | { ok: false; why: string };

/**
 * Runs the version command once. This is the test of whether a file is whole and runs on this machine; a truncated
 * file, a missing one, one for another platform and one that hangs all come back as `ok: false` with the reason.
 *
 * @throws the reason of `signal` when it is aborted.
 */
export async function probe(path: string, spec: BinarySpec, signal?: AbortSignal): Promise<Probe> {
  signal?.throwIfAborted();
  try {
    if (!(await stat(path)).isFile()) return { ok: false, why: 'it is not a file' };
    await access(path, constants.X_OK);
  } catch (error) {
    return { ok: false, why: fileProblem(error) };
  }
  try {
    const { stdout, stderr } = await run(path, [...spec.versionArguments], {
      timeout: probeTimeout,
      killSignal: 'SIGKILL',
      ...(signal && { signal }),
    });
    const output = `${stdout}${stderr}`;
    const version = /\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?/.exec(output)?.[0];
    if (version) return { ok: true, version };
    return {
      ok: false,
      why: `${commandOf(spec)} printed no version but ${JSON.stringify(output.trim().slice(0, 200))}`,
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { ok: false, why: `${commandOf(spec)} failed: ${runProblem(error)}` };
  }
}

function commandOf(spec: BinarySpec): string {
  return `"${spec.name} ${spec.versionArguments.join(' ')}"`;
}

function fileProblem(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EACCES') return 'it is not executable';
  return error instanceof Error ? error.message : String(error);
}

function runProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('killed' in error && error.killed === true) return `no answer within ${probeTimeout / 1000} s`;
  if ('stderr' in error && typeof error.stderr === 'string' && error.stderr.trim()) {
    return error.stderr.trim().slice(0, 200);
  }
  if ('signal' in error && typeof error.signal === 'string') return `killed by ${error.signal}`;
  return codeOf(error) ?? error.message;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
