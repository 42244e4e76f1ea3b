import { writeFile } from 'node:fs/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { expect, it } from 'vitest';
import type { Approve } from '../../src/model/messages.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { type NewStatement, newStatement, signApproval } from '../../src/signing/sign-approval.ts';
import { keyRing, type TestKey } from '../signing/keys.ts';
import { modesOf } from './support/objects.ts';
import { APPROVER, REQUESTER, type Run, rehearse } from './support/rehearse.ts';

const LEAD = 'lead@example.com';
const BROKEN = 'broken-line@example.com';
const namespaces = 'namespaces="approval@proxyshift.dev"';

/** The reason why the run does not take an approval. */
async function refusal(run: Run, message: Approve): Promise<string> {
  const error: unknown = await run.approve(message).catch((caught: unknown) => caught);
  if (!(error instanceof WorkflowUpdateFailedError)) throw new Error(`not refused: ${String(error)}`);
  return error.cause?.message ?? '';
}

it('signed: only two right approvals start the run, and whatever else was sent is in the report', async () => {
  const ring = await keyRing();
  const keys = { approver: await ring.key('approver'), lead: await ring.key('lead'), forger: await ring.key('forger') };
  const lines = [
    `${APPROVER} ${namespaces} ${keys.approver.publicKey}`,
    `${LEAD} ${namespaces} ${keys.lead.publicKey}`,
    `${BROKEN} ${namespaces} ssh-ed25519 AAAAnonsense`,
    `${REQUESTER} ${keys.forger.publicKey}`,
  ];
  const allowedSigners = await ring.list(...lines);
  const approvers = [APPROVER, LEAD, BROKEN, REQUESTER];
  const rehearsal = await rehearse({
    calico: 'none',
    nodes: 2,
    entry: { approval: { approvers, count: 2, require: 'signed', allowedSigners } },
  });
  const { cluster } = rehearsal;

  const signedFor =
    (runId: string, planHash: string) =>
    async (approver: string, key: TestKey, change: Partial<NewStatement> = {}): Promise<Approve> => {
      const expiresAt = Date.now() + 600_000;
      const statement = newStatement({ clusterUid: cluster.uid, runId, planHash, approver, expiresAt, ...change });
      return { approver, planHash: statement.planHash, signed: await signApproval(statement, key.path) };
    };

  const earlier = await rehearsal.start();
  const earlierHash = await earlier.offered();
  const ofEarlierRun = await signedFor((await earlier.report()).runId, earlierHash)(APPROVER, keys.approver);
  await earlier.say('reject');
  await earlier.ended();

  const run = await rehearsal.start();
  const planHash = await run.offered();
  expect(planHash, 'the plan is the same: the run alone tells them apart').toBe(earlierHash);
  const { runId } = await run.report();
  const signed = signedFor(runId, planHash);
  const right = await signed(APPROVER, keys.approver);
  const altered: Approve = { ...right, planHash: '0'.repeat(64) };

  const cases: [string, Approve, RegExp][] = [
    ['unsigned', { approver: APPROVER, planHash }, /is not signed, and this cluster requires that/],
    ['of an earlier run', ofEarlierRun, /is of another run/],
    [
      'of another cluster',
      await signed(APPROVER, keys.approver, { clusterUid: 'other' }),
      /is of another cluster, other/,
    ],
    [
      'of another plan',
      await signed(APPROVER, keys.approver, { planHash: 'b'.repeat(64) }),
      /is not the plan on offer/,
    ],
    ['for another plan than signed', altered, /is not what was signed/],
    ['expired', await signed(APPROVER, keys.approver, { expiresAt: Date.now() - 1 }), /expired at/],
    ['forged', await signed(APPROVER, keys.forger), /does not accept key ED25519 \S+ for "oncall@example.com"/],
    ['in the name of another approver', await signed(APPROVER, keys.lead), /does not accept key/],
    ['of somebody whose line is broken', await signed(BROKEN, keys.lead), /allowed signers, line 3: invalid key/],
    ['of the requester', await signed(REQUESTER, keys.forger), /another person has to approve it/],
    ['of a stranger', await signed('stranger@example.com', keys.forger), /is not an approver of this cluster/],
  ];
  for (const [what, message, reason] of cases) expect.soft(await refusal(run, message), what).toMatch(reason);
  const refusedBySignal = await signed(LEAD, keys.forger);
  await run.handle.signal('approve', refusedBySignal);
  await expect.poll(async () => (await run.report()).refused.length).toBe(cases.length + 1);

  // The worker's list is broken, is mended, and the approval is given again.
  await writeFile(allowedSigners, '# nobody\n');
  expect
    .soft(await refusal(run, await signed(APPROVER, keys.approver)))
    .toMatch(/there is nobody in it.*approve again/);
  await ring.list(...lines);

  const shortLived = await signed(LEAD, keys.lead, { expiresAt: Date.now() + 5_000 });
  expect(await run.approve(shortLived)).toBe(`approved, and more have to: 1 of 2 approvals: ${LEAD}`);
  await run.until('an approval has expired', ({ waitingFor }) => waitingFor.endsWith('0 of 2 approvals'));

  // `right` was looked at when it came with another hash: that was its one time.
  expect(await refusal(run, right)).toMatch(/replayed/);
  const first = await signed(APPROVER, keys.approver);
  expect(await run.approve(first)).toMatch(/1 of 2 approvals: oncall@example.com/);
  expect((await run.progress()).waitingFor).toMatch(/1 of 2 approvals: oncall@example.com$/);
  expect.soft(await refusal(run, first), 'the same message again').toMatch(/replayed/);
  expect.soft(await refusal(run, await signed(APPROVER, keys.approver)), 'the same person').toMatch(/approved already/);
  expect(await cluster.auditWrites(workerUser), 'nothing is written before the last approval').toEqual([]);
  expect(await run.approve(await signed(LEAD, keys.lead))).toMatch(/the run begins/);

  const report = await run.ended();
  expect(report.outcome, JSON.stringify(report.failure)).toBe('migrated');
  expect(Object.values(modesOf(cluster))).toEqual(['nftables', 'nftables']);
  expect(report.messages).toMatchObject([
    { by: LEAD, signedWith: `ED25519 ${keys.lead.fingerprint}` },
    { by: APPROVER, signedWith: `ED25519 ${keys.approver.fingerprint}` },
    { by: LEAD, signedWith: `ED25519 ${keys.lead.fingerprint}` },
  ]);
  const reasons = report.refused.map(({ reason }) => reason);
  expect(reasons).toEqual([
    ...cases.map(([, , reason]) => expect.stringMatching(reason)),
    expect.stringMatching(/signature of lead@example.com was not accepted/),
    expect.stringMatching(/there is nobody in it/),
    expect.stringMatching(/approval of lead@example.com expired at .*, before the run had begun/),
    expect.stringMatching(/replayed/),
    expect.stringMatching(/replayed/),
    expect.stringMatching(/approved already/),
  ]);
});
