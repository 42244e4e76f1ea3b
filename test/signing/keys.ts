import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A key pair of ssh-keygen, made for one test. */
export interface TestKey {
  /** Path of the private key; the public one is beside it, with `.pub`. */
  path: string;
  /** Key type and base64, as a line of allowed signers has them. */
  publicKey: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  fingerprint: string;
}

/** Makes ed25519 keys and lists of allowed signers in a folder that goes with the test. */
export class KeyRing {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async key(name: string, passphrase = ''): Promise<TestKey> {
    const path = join(this.folder, name);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path]);
    const [type, base64] = (await readFile(`${path}.pub`, 'utf8')).split(' ');
    const { stdout } = await run('ssh-keygen', ['-l', '-f', `${path}.pub`]);
    return { path, publicKey: `${type} ${base64}`, fingerprint: stdout.split(' ')[1] ?? '' };
  }

  /** Writes a list of allowed signers, and returns its path. */
  async list(...lines: string[]): Promise<string> {
    const path = join(this.folder, 'allowed_signers');
    await writeFile(path, lines.map((line) => `${line}\n`).join(''));
    return path;
  }
}

/** A folder of its own for each test: call it in the test, or in a hook with a `dispose` of its own. */
export async function keyRing(dispose: (action: () => Promise<void>) => void = onTestFinished): Promise<KeyRing> {
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-keys-'));
  dispose(() => rm(folder, { recursive: true, force: true }));
  return new KeyRing(folder);
}
