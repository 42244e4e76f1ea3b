import { WorkflowExecutionAlreadyStartedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { blockers } from '../../src/model/finding.ts';
import { workerUser } from '../../src/rehearsal/worker-access.ts';
import { objectsOf } from './support/objects.ts';
import { APPROVER, REQUESTER, type Rehearsal, rehearse } from './support/rehearse.ts';

/** The API server's own record: what the worker's user has written. */
async function expectNothingWritten({ cluster }: Rehearsal): Promise<void> {
  expect(await cluster.auditWrites(workerUser)).toEqual([]);
  const reads = (await cluster.requests()).filter(({ user }) => user === workerUser);
  expect(reads.length, 'the audit log sees this user').toBeGreaterThan(0);
}

describe('nothing is written', () => {
  it('where a node has a kernel older than 5.13', async () => {
    const rehearsal = await rehearse({ scenario: 'old-kernel' });
    const before = await objectsOf(rehearsal.cluster);
    const report = await (await rehearsal.start()).ended();
    expect(report.outcome).toBe('blocked');
    expect(blockers(report.findings)).toMatchObject([{ code: 'PXS003', message: expect.stringContaining('5.4.0') }]);
    await expectNothingWritten(rehearsal);
    expect(await objectsOf(rehearsal.cluster)).toEqual(before);
  });

  it('where the plan is rejected', async () => {
    const rehearsal = await rehearse({ calico: 'none' });
    const run = await rehearsal.start();
    await run.offered();
    expect(await run.say('reject')).toMatch(/nothing was written/);
    const report = await run.ended();
    expect(report).toMatchObject({ outcome: 'rejected', messages: [{ message: 'reject', by: APPROVER }] });
    await expectNothingWritten(rehearsal);
  });

  it('where no approval comes in time', async () => {
    const rehearsal = await rehearse({ calico: 'none', entry: { approval: { timeout: '300ms' } } });
    expect((await (await rehearsal.start()).ended()).outcome).toBe('expired');
    await expectNothingWritten(rehearsal);
  });

  it('where the run is cancelled in Temporal before its approval', async () => {
    const rehearsal = await rehearse({ calico: 'none' });
    const run = await rehearsal.start();
    await run.offered();
    await run.handle.cancel();
    expect((await run.ended()).outcome).toBe('rejected');
    await expectNothingWritten(rehearsal);
  });

  it('by approvals that do not count: another plan, the requester, a stranger, garbage', async () => {
    const rehearsal = await rehearse({ calico: 'none', entry: { approval: { approvers: [APPROVER] } } });
    const run = await rehearsal.start();
    const planHash = await run.offered();
    const refused = async (message: Parameters<typeof run.approve>[0], why: RegExp) => {
      const error: unknown = await run.approve(message).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      expect(error instanceof WorkflowUpdateFailedError && error.cause?.message).toMatch(why);
    };
    await refused({ planHash: '0'.repeat(64) }, /is not the plan on offer/);
    await refused({ approver: REQUESTER }, /another person has to approve/);
    await refused({ approver: 'stranger@example.com' }, /not an approver of this cluster/);

    // A signal has no answer: the report keeps the refusal, as it does for updates.
    await run.handle.signal('approve', { approver: REQUESTER, planHash });
    await run.handle.signal('approve', 'garbage');
    await run.say('reject');
    const report = await run.ended();
    expect(report.refused.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/is not the plan on offer/),
      expect.stringMatching(/another person/),
      expect.stringMatching(/not an approver/),
      expect.stringMatching(/another person/),
      expect.stringMatching(/the payload of approve is "garbage"/),
    ]);
    await expectNothingWritten(rehearsal);
  });

  it('by a second start while a run is open', async () => {
    const rehearsal = await rehearse({ calico: 'none' });
    const run = await rehearsal.start();
    await expect(rehearsal.start('another@example.com')).rejects.toBeInstanceOf(WorkflowExecutionAlreadyStartedError);
    await run.offered();
    await run.say('reject');
    await run.ended();
    await expectNothingWritten(rehearsal);
  });

  it('where the cluster is migrated already', async () => {
    const rehearsal = await rehearse({ kubeProxyMode: 'nftables', calicoDataplane: 'Nftables' });
    const report = await (await rehearsal.start()).ended();
    expect(report.outcome, JSON.stringify(report.findings)).toBe('nothing-to-do');
    await expectNothingWritten(rehearsal);
  });
});
