import { randomBytes } from 'node:crypto';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../model/failure.ts';
import { parseInput } from '../model/schema-issues.ts';
import {
  APPROVAL_NAMESPACE,
  type ApprovalStatement,
  approvalStatementSchema,
  type SignedApproval,
} from '../model/signed-approval.ts';
import { runSshKeygen } from './ssh-keygen.ts';
import { statementText } from './statement-text.ts';

/** A person may have to find a passphrase, or touch a security key (ms). */
const TIMEOUT_MS = 5 * 60_000;

export interface NewStatement extends Pick<ApprovalStatement, 'clusterUid' | 'runId' | 'planHash' | 'approver'> {
  comment?: string | undefined;
  gate?: 'canary' | undefined;
  /** ms since the epoch. */
  expiresAt: number;
}

/** A statement with a nonce of its own. @throws Failure `Invalid` on values that no run accepts */
export function newStatement({ expiresAt, comment, gate, ...rest }: NewStatement): ApprovalStatement {
  const parsed = parseInput(
    approvalStatementSchema,
    {
      type: 'proxyshift.dev/approval/v1',
      ...rest,
      ...(comment === undefined ? {} : { comment }),
      ...(gate === undefined ? {} : { gate }),
      expiresAt: new Date(expiresAt).toISOString(),
      nonce: randomBytes(16).toString('hex'),
    },
    { whole: 'the approval' },
  );
  if (parsed.success) return parsed.data;
  throw new Failure('Invalid', `This cannot be signed as an approval: ${parsed.issues}.`);
}

/**
 * Signs with `ssh-keygen -Y sign`, which asks for a passphrase at the terminal, and asks the agent where `key` is a public
 * one. The text goes by a file: with standard input taken, ssh-keygen would rather start an askpass program than ask at
 * the terminal (readpass.c, read_passphrase).
 * @param key path of a private key, or of the public one of a key that the agent holds
 * @throws Failure with one sentence where it cannot sign
 */
export async function signApproval(
  statement: ApprovalStatement,
  key: string,
  signal?: AbortSignal,
): Promise<SignedApproval> {
  await access(key, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'there is no such file' : (error.code ?? error.message);
    throw cannotSign(key, why, 'Name a private key, or the public key of one that your ssh-agent holds.');
  });
  const folder = await mkdtemp(join(tmpdir(), 'proxyshift-approve-'));
  try {
    const file = join(folder, 'approval.json');
    await writeFile(file, statementText(statement), { mode: 0o600 });
    const { code, stderr } = await runSshKeygen(['-Y', 'sign', '-n', APPROVAL_NAMESPACE, '-f', key, file], {
      terminal: process.stdin.isTTY,
      env: process.env,
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    if (code !== 0) throw whyNot(key, stderr);
    return { statement, signature: await readFile(`${file}.sig`, 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function whyNot(key: string, stderr: string): Failure {
  if (/incorrect passphrase/.test(stderr)) {
    const hint = process.stdin.isTTY ? 'Try again.' : 'Without a terminal to ask at, use a key that ssh-agent holds.';
    return cannotSign(key, 'the passphrase is wrong, or could not be asked for', hint);
  }
  if (/Couldn't load public key/.test(stderr)) return cannotSign(key, 'there is no SSH key in it');
  if (/too open/.test(stderr)) return cannotSign(key, 'others may read it', `chmod 600 ${key}`);
  if (/No private key found|agent/.test(stderr)) {
    const hint = 'List what it holds with "ssh-add -l", add a key with "ssh-add FILE".';
    return cannotSign(key, 'its private half is neither beside it nor held by ssh-agent', hint);
  }
  const last = stderr.trim().split('\n').at(-1)?.trim();
  return cannotSign(key, last ? `ssh-keygen says: ${last.slice(0, 200)}` : 'ssh-keygen gave no reason');
}

function cannotSign(key: string, why: string, hint?: string): Failure {
  return new Failure('Invalid', `Cannot sign with ${JSON.stringify(key)}: ${why}.`, hint ? { hint } : {});
}
