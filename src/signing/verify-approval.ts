import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { APPROVAL_NAMESPACE, type SignedApproval, type Verification } from '../model/signed-approval.ts';
import { runSshKeygen, type SshKeygenAnswer } from './ssh-keygen.ts';
import { statementText } from './statement-text.ts';

/** ssh-keygen answers within some milliseconds (ms). */
const TIMEOUT_MS = 5_000;
/** A list of allowed signers has a line for each person. */
const MAX_LIST_BYTES = 1024 * 1024;

export interface VerifyOptions {
  /** Path of the list of allowed signers. */
  allowedSigners: string;
  signal?: AbortSignal;
}

/**
 * Whether the approver signed this very statement with a key that the list has for them, now and for approvals
 * (`valid-after`, `valid-before` and `namespaces` in the list are honoured by ssh-keygen).
 * @throws Failure `Disconnected` where it cannot be found out: no ssh-keygen, no list, an empty one
 */
export async function verifySignedApproval(
  { statement, signature }: SignedApproval,
  { allowedSigners, signal }: VerifyOptions,
): Promise<Verification> {
  const list = await readList(allowedSigners);
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-approval-'));
  try {
    // The list that was looked at is the list that is used, also where somebody writes it meanwhile.
    const listFile = join(folder, 'allowed_signers');
    const signatureFile = join(folder, 'approval.sig');
    await writeFile(listFile, list, { mode: 0o600 });
    await writeFile(signatureFile, signature, { mode: 0o600 });

    const ask = (...args: string[]) =>
      runSshKeygen(['-Y', ...args, '-n', APPROVAL_NAMESPACE, '-s', signatureFile], {
        input: statementText(statement),
        env: ownEnvironment(),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
    const said = ({ stderr }: SshKeygenAnswer) =>
      stderr
        .replaceAll(`${listFile}:`, 'allowed signers, line ')
        .replaceAll(`${folder}/`, '')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .join('; ')
        .slice(0, 300);

    // Asked first without the list, so that a text that was tampered with is told from a key that is not accepted.
    const any = await ask('check-novalidate');
    if (any.code !== 0) return { valid: false, reason: `the signature is not one of this statement (${said(any)})` };

    const { approver } = statement;
    const accepted = await ask('verify', '-f', listFile, '-I', approver);
    if (accepted.code === 0) return { valid: true, key: keyOf(accepted) };
    const why = said(accepted);
    const key = keyOf(any);
    return {
      valid: false,
      reason:
        `the list of allowed signers does not accept key ${key} for ${JSON.stringify(approver)}` +
        (why ? ` (${why})` : ' (upper and lower case count there)'),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws Failure `Disconnected` */
async function readList(path: string): Promise<string> {
  const unusable = (why: string) =>
    new Failure('Disconnected', `The list of allowed signers "${path}" cannot be used: ${why}`, {
      hint: 'Look at approval.allowedSigners in clusters.yaml on the worker; docs/runbook.md shows how to make one.',
    });
  let list: string;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw unusable('it is not a file');
    if (found.size > MAX_LIST_BYTES) throw unusable(`it has ${found.size} bytes`);
    list = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw unusable(error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
  if (!list.split('\n').some((line) => /^\s*[^#\s]/.test(line))) throw unusable('there is nobody in it');
  return list;
}

/** `ED25519 SHA256:…`: how both answers of ssh-keygen end (ssh-keygen.c, sig_verify). */
function keyOf({ stdout }: SshKeygenAnswer): string {
  const [, type, fingerprint] = /with (\S+) key (\S+)\s*$/.exec(stdout) ?? [];
  return type === undefined ? 'unknown' : `${type} ${fingerprint}`;
}

/** Nothing of the worker's environment but where to look for programs, and the time zone of the dates in the list. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const { PATH, TZ } = process.env;
  return { LC_ALL: 'C', ...(PATH === undefined ? {} : { PATH }), ...(TZ === undefined ? {} : { TZ }) };
}
