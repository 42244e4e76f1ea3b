import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Failure } from '../model/failure.ts';

export interface SshKeygenOptions {
  /** What it reads from standard input. Default: nothing, or the terminal with `terminal`. */
  input?: string;
  /** Lets it ask at the terminal of this process, for a passphrase. */
  terminal?: boolean;
  env: NodeJS.ProcessEnv;
  /** After this long it is killed (ms). */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What it answered; `code` is -1 where a signal ended it. */
export interface SshKeygenAnswer {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs OpenSSH's ssh-keygen, found on PATH. `-Y` with all that is used here is in OpenSSH 8.2 and newer.
 * @throws Failure `Disconnected` where it is not there or does not end; the reason of `signal` where that is aborted
 */
export async function runSshKeygen(
  args: readonly string[],
  { input, terminal = false, env, timeoutMs, signal }: SshKeygenOptions,
): Promise<SshKeygenAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const stdin = input === undefined ? (terminal ? 'inherit' : 'ignore') : 'pipe';
  const child = spawn('ssh-keygen', args, {
    stdio: [stdin, 'pipe', 'pipe'],
    env,
    signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  // Where it ends without reading everything, its exit code says why.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  try {
    const [code, stdout, stderr] = await Promise.all([ended, read(child.stdout), read(child.stderr)]);
    return { code, stdout, stderr };
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.aborted) throw new Failure('Disconnected', `ssh-keygen did not end within ${timeoutMs / 1_000} s`);
    throw cannotRun(error);
  }
}

async function read(stream: Readable | null): Promise<string> {
  return stream ? await text(stream) : '';
}

function cannotRun(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why = code === 'ENOENT' ? 'it is not on PATH' : code;
  return new Failure('Disconnected', `ssh-keygen cannot be run: ${why}`, {
    hint: 'Install the OpenSSH client, 8.2 or newer (package openssh-client or openssh-clients).',
  });
}
