import { execFile, spawn } from 'node:child_process';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { newStatement, signApproval } from '../../src/signing/sign-approval.ts';
import { runSshKeygen } from '../../src/signing/ssh-keygen.ts';
import { statementText } from '../../src/signing/statement-text.ts';
import { verifySignedApproval } from '../../src/signing/verify-approval.ts';
import { type KeyRing, keyRing } from './keys.ts';

const run = promisify(execFile);
const statement = newStatement({
  clusterUid: 'uid',
  runId: 'run',
  planHash: 'a'.repeat(64),
  approver: 'grace@example.com',
  expiresAt: Date.parse('2026-03-04T10:00:00Z'),
});

let ring: KeyRing;
beforeEach(async () => {
  ring = await keyRing();
});

/** Sets variables of the environment for the rest of the test. */
function withEnvironment(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    process.env[name] = value;
    onTestFinished(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

describe('a statement', () => {
  it('is never the same twice', () => {
    const { type: _, nonce, expiresAt, ...rest } = statement;
    expect(newStatement({ ...rest, expiresAt: Date.parse(expiresAt) }).nonce).not.toBe(nonce);
    expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  });

  it('is signed as canonical JSON', () => {
    expect(statementText({ ...statement, nonce: '0'.repeat(32), comment: 'CHG "1"\n' })).toBe(
      `{"approver":"grace@example.com","clusterUid":"uid","comment":"CHG \\"1\\"\\n","expiresAt":"2026-03-04T10:00:00.000Z",` +
        `"nonce":"${'0'.repeat(32)}","planHash":"${'a'.repeat(64)}","runId":"run","type":"proxyshift.dev/approval/v1"}`,
    );
  });

  it('is not made of a name that would break a line', () => {
    const { type: _, nonce: __, ...rest } = statement;
    expect(() => newStatement({ ...rest, approver: 'a\nb', expiresAt: 0 })).toThrowError(
      expect.objectContaining({ kind: 'Invalid', message: expect.stringContaining('without control characters') }),
    );
  });
});

it('a key that only ssh-agent holds signs by its public half', async () => {
  const key = await ring.key('agent-key');
  const socket = join(ring.folder, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void agent.kill());
  // It tells the socket once it listens there.
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  withEnvironment({ SSH_AUTH_SOCK: socket });
  await run('ssh-add', ['-q', key.path]);
  await rename(key.path, join(ring.folder, 'elsewhere'));
  const signed = await signApproval(statement, `${key.path}.pub`);
  const allowedSigners = await ring.list(`grace@example.com ${key.publicKey}`);
  expect(await verifySignedApproval(signed, { allowedSigners })).toMatchObject({ valid: true });
});

it('a key with a passphrase signs where it is given', async () => {
  const key = await ring.key('locked', 'correct horse');
  const askpass = join(ring.folder, 'askpass');
  await writeFile(askpass, '#!/bin/sh\necho correct horse\n', { mode: 0o700 });
  withEnvironment({ SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' });
  const { signature } = await signApproval(statement, key.path);
  expect(signature).toMatch(/^-----BEGIN SSH SIGNATURE-----\n/);
});

describe('one clear sentence where it cannot sign', () => {
  const refused = (message: RegExp, hint?: RegExp) => ({
    kind: 'Invalid',
    message: expect.stringMatching(message),
    ...(hint ? { details: { hint: expect.stringMatching(hint) } } : {}),
  });

  it('no such key', async () => {
    await expect(signApproval(statement, '/nowhere/key')).rejects.toMatchObject(
      refused(/^Cannot sign with "\/nowhere\/key": there is no such file\.$/),
    );
  });

  it('a wrong passphrase', async () => {
    const key = await ring.key('locked', 'correct horse');
    const askpass = join(ring.folder, 'askpass');
    await writeFile(askpass, '#!/bin/sh\necho wrong\n', { mode: 0o700 });
    withEnvironment({ SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' });
    await expect(signApproval(statement, key.path)).rejects.toMatchObject(refused(/the passphrase is wrong/));
  });

  it('a key that others may read', async () => {
    const key = await ring.key('open');
    await chmod(key.path, 0o644);
    await expect(signApproval(statement, key.path)).rejects.toMatchObject(
      refused(/others may read it\.$/, /^chmod 600 /),
    );
  });

  it('a public key whose private half is nowhere', async () => {
    const key = await ring.key('gone');
    await rename(key.path, join(ring.folder, 'elsewhere'));
    withEnvironment({ SSH_AUTH_SOCK: '/nowhere/agent' });
    await expect(signApproval(statement, `${key.path}.pub`)).rejects.toMatchObject(
      refused(/neither beside it nor held by ssh-agent\.$/, /ssh-add -l/),
    );
  });

  it('a file that is no key', async () => {
    const file = join(ring.folder, 'notes');
    await writeFile(file, 'no key\n', { mode: 0o600 });
    await expect(signApproval(statement, file)).rejects.toMatchObject(refused(/there is no SSH key in it\.$/));
  });

  it('no ssh-keygen', async () => {
    const key = await ring.key('fine');
    withEnvironment({ PATH: ring.folder });
    await expect(signApproval(statement, key.path)).rejects.toMatchObject({
      message: 'ssh-keygen cannot be run: it is not on PATH',
    });
  });

  it('one that does not end is killed', async () => {
    await writeFile(join(ring.folder, 'ssh-keygen'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o700 });
    const env = { PATH: `${ring.folder}:${process.env.PATH}` };
    withEnvironment(env);
    await expect(runSshKeygen(['-Y', 'verify'], { env, timeoutMs: 100 })).rejects.toMatchObject({
      kind: 'Disconnected',
      message: 'ssh-keygen did not end within 0.1 s',
    });
    const cancelled = new Error('cancelled');
    const signal = AbortSignal.abort(cancelled);
    await expect(runSshKeygen(['-Y', 'verify'], { env, timeoutMs: 60_000, signal })).rejects.toBe(cancelled);
  });
});
