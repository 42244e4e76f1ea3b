import { chmod, readdir, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSteps } from '../../src/activities/create.ts';
import type { ClusterEntry } from '../../src/cluster/clusters-file.ts';
import type { SignedApproval, Verification } from '../../src/model/signed-approval.ts';
import { newStatement, signApproval } from '../../src/signing/sign-approval.ts';
import { runSshKeygen } from '../../src/signing/ssh-keygen.ts';
import { statementText } from '../../src/signing/statement-text.ts';
import { approval, rollout } from '../fixtures/cluster-entry.ts';
import { type KeyRing, keyRing, type TestKey } from '../signing/keys.ts';

// Real keys, real signatures, the ssh-keygen of the machine. There is no cluster: verifying must not need one.

const uid = '6a2f9d6e-4a4c-4a57-9b0f-2f6f4c1c9a11';
const grace = 'grace@example.com';
const namespaces = 'namespaces="approval@proxyshift.dev"';

let ring: KeyRing;
let key: TestKey;
let signed: SignedApproval;
beforeEach(async () => {
  ring = await keyRing();
  key = await ring.key('grace');
  signed = await signApproval(statementOf(grace), key.path);
});

function statementOf(approver: string) {
  const expiresAt = Date.now() + 60_000;
  return newStatement({ clusterUid: uid, runId: 'run', planHash: 'a'.repeat(64), approver, expiresAt });
}

/** Runs the step as the worker does, with this list. */
function verify(message: SignedApproval, allowedSigners: string | undefined): Promise<Verification> {
  const entry: ClusterEntry = {
    name: 'one',
    kubeconfig: '/nowhere',
    context: 'none',
    uid,
    approval: { ...approval, require: 'signed', ...(allowedSigners === undefined ? {} : { allowedSigners }) },
    rollout,
    calico: { timeoutMs: 1 },
  };
  const steps = createSteps({ clusters: async () => ({ path: 'clusters.yaml', clusters: [entry] }) });
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run(steps.verifyApproval, { cluster: 'one', signed: message });
}

/** A change of one field of what was signed. */
function altered(change: Partial<SignedApproval['statement']>): SignedApproval {
  return { ...signed, statement: { ...signed.statement, ...change } };
}

describe('accepted', () => {
  it.each([
    ['a plain line', (k: string) => `${grace} ${k}`],
    ['a line for approvals only', (k: string) => `${grace} ${namespaces} ${k}`],
    ['a line that still holds', (k: string) => `${grace} valid-before="29990101Z" ${k}`],
    [
      'a line among comments and other people',
      (k: string) => `# people\n\nada@example.com ssh-ed25519 AAAA\n${grace} ${k}`,
    ],
  ])('by %s, with the fingerprint of the key', async (_, line) => {
    const list = await ring.list(line(key.publicKey));
    expect(await verify(signed, list)).toEqual({ valid: true, key: `ED25519 ${key.fingerprint}` });
  });

  it('with the keys of the statement in any order: what is signed is the canonical form', async () => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    const { nonce, expiresAt, approver, planHash, runId, clusterUid, type } = signed.statement;
    const statement = { nonce, expiresAt, approver, planHash, runId, clusterUid, type };
    expect(JSON.stringify(statement)).not.toBe(JSON.stringify(signed.statement));
    expect(await verify({ ...signed, statement }, list)).toMatchObject({ valid: true });
  });

  it('by the certificate of an authority that the list trusts', async () => {
    const authority = await ring.key('authority');
    const env = { PATH: process.env.PATH };
    const made = await runSshKeygen(['-q', '-s', authority.path, '-I', 'id', '-n', grace, `${key.path}.pub`], {
      env,
      timeoutMs: 10_000,
    });
    expect(made.code, made.stderr).toBe(0);
    const list = await ring.list(`*@example.com cert-authority,${namespaces} ${authority.publicKey}`);
    const byCertificate = await signApproval(statementOf(grace), `${key.path}-cert.pub`);
    expect(await verify(byCertificate, list)).toMatchObject({ valid: true, key: expect.stringContaining('SHA256:') });
    const another = await signApproval(statementOf('ada@example.com'), `${key.path}-cert.pub`);
    expect(await verify(another, list)).toMatchObject({ valid: false });
  });
});

describe('not accepted, with the reason', () => {
  it.each<[string, (k: string) => string, RegExp]>([
    ['another name', (k) => `ada@example.com ${k}`, /does not accept key ED25519 SHA256:\S+ for "grace@example.com"/],
    ['a name in another case', (k) => `Grace@example.com ${k}`, /upper and lower case count/],
    ['a key that has expired', (k) => `${grace} valid-before="20200101Z" ${k}`, /line 1: key has expired/],
    ['a key that is not valid yet', (k) => `${grace} valid-after="29990101Z" ${k}`, /line 1: key is not yet valid/],
    ['a key for something else', (k) => `${grace} namespaces="git" ${k}`, /line 1: key is not permitted for use in/],
    ['a bad line', () => `# people\n${grace} ssh-ed25519 AAAAnonsense`, /line 2: invalid key/],
    ['an unknown option', (k) => `${grace} nonsense="1" ${k}`, /line 1: bad options: unknown key option/],
  ])('%s', async (_, line, reason) => {
    const list = await ring.list(line(key.publicKey));
    const answer = await verify(signed, list);
    expect(answer).toEqual({ valid: false, reason: expect.stringMatching(reason) });
    expect(JSON.stringify(answer), 'nothing of the worker’s folders, and no key').not.toMatch(/\/tmp|AAAA/);
  });

  it('a forged one, by a key that nobody knows', async () => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    const forger = await ring.key('forger');
    const forged = await signApproval(statementOf(grace), forger.path);
    const reason = expect.stringContaining(`does not accept key ED25519 ${forger.fingerprint} for "${grace}"`);
    expect(await verify(forged, list)).toEqual({ valid: false, reason });
  });

  it.each([
    ['the approver', { approver: 'ada@example.com' }],
    ['the plan', { planHash: 'b'.repeat(64) }],
    ['the run', { runId: 'another' }],
    ['the expiry', { expiresAt: '2999-01-01T00:00:00.000Z' }],
    ['the nonce', { nonce: '0'.repeat(32) }],
    ['the comment', { comment: 'CHG-1' }],
  ])('a statement in which %s was changed afterwards', async (_, change) => {
    const list = await ring.list(`*@example.com ${key.publicKey}`);
    expect(await verify(altered(change), list)).toEqual({
      valid: false,
      reason: expect.stringContaining('not one of this statement (Signature verification failed: incorrect signature)'),
    });
  });

  it('a signature of another kind, as of a file', async () => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    const { stdout } = await runSshKeygen(['-Y', 'sign', '-n', 'file', '-f', key.path], {
      input: statementText(signed.statement),
      env: { PATH: process.env.PATH },
      timeoutMs: 10_000,
    });
    expect(stdout).toContain('BEGIN SSH SIGNATURE');
    expect(await verify({ ...signed, signature: stdout }, list)).toEqual({
      valid: false,
      reason: expect.stringContaining('namespace does not match'),
    });
  });

  it.each([
    'garbage',
    '-----BEGIN SSH SIGNATURE-----\n',
    '-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n',
  ])('a signature that is none: %j', async (signature) => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    expect(await verify({ ...signed, signature }, list)).toEqual({
      valid: false,
      reason: expect.stringMatching(/the signature is not one of this statement/),
    });
  });

  it('an approval of another cluster, before anything else is asked', async () => {
    expect(await verify(altered({ clusterUid: 'other' }), await ring.list('# nobody'))).toEqual({
      valid: false,
      reason: `it is of cluster other, not of ${uid}`,
    });
  });

  it('a name that looks like an option of ssh-keygen', async () => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    const odd = await signApproval(statementOf('-Overify-time=20200101'), key.path);
    expect(await verify(odd, list)).toMatchObject({ valid: false });
  });
});

describe('where the worker cannot tell, it says what to mend', () => {
  const disconnected = (message: RegExp) => ({ type: 'Disconnected', message: expect.stringMatching(message) });

  it('no list any more', async () => {
    await expect(verify(signed, undefined)).rejects.toMatchObject(disconnected(/names no allowedSigners for one/));
  });

  it('a file that is not there, is a folder, or has nobody in it', async () => {
    await expect(verify(signed, '/nowhere/list')).rejects.toMatchObject(disconnected(/"\/nowhere\/list".*ENOENT/));
    await expect(verify(signed, ring.folder)).rejects.toMatchObject(disconnected(/it is not a file/));
    const list = await ring.list('# only a comment', '');
    await expect(verify(signed, list)).rejects.toMatchObject(disconnected(/there is nobody in it/));
    await chmod(list, 0o000);
    // root reads every file, whatever its mode.
    if (process.getuid?.() !== 0) await expect(verify(signed, list)).rejects.toMatchObject(disconnected(/EACCES/));
    await unlink(list);
  });

  it('no ssh-keygen', async () => {
    const list = await ring.list(`${grace} ${key.publicKey}`);
    const { PATH } = process.env;
    process.env.PATH = ring.folder;
    try {
      await expect(verify(signed, list)).rejects.toMatchObject({
        ...disconnected(/ssh-keygen cannot be run: it is not on PATH/),
        details: [{ hint: expect.stringContaining('Install the OpenSSH client') }],
      });
    } finally {
      process.env.PATH = PATH;
    }
  });
});

it('nothing is left in the temporary folder', async () => {
  const left = async () => (await readdir(tmpdir())).filter((name) => /^proxyshift-approv/.test(name));
  const before = await left();
  const list = await ring.list(`${grace} ${key.publicKey}`);
  await verify(await signApproval(statementOf(grace), key.path), list);
  await verify(altered({ runId: 'x' }), list);
  expect(await left()).toEqual(before);
});
