import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import type { ApprovalStatement } from '../../src/model/signed-approval.ts';
import { Desk, type JudgedName } from '../../src/workflows/desk.ts';
import { kubeProxyPlan } from '../fixtures/kube-proxy-plan.ts';

const hash = 'a'.repeat(64);
const plan = (approvers: string[] = [], approval: Partial<Plan['approval']> = {}): Plan => ({
  cluster: { name: 'one', uid: 'uid', kubernetesVersion: 'v1.35.4' },
  target: 'nftables',
  nodes: [],
  kubeProxy: kubeProxyPlan(),
  changes: [],
  objects: [],
  ignoredChecks: [],
  findings: [],
  approval: { approvers, timeoutMs: 1, count: 1, require: 'named', gates: ['plan'], ...approval },
  soakMs: 0,
});

let changes: number;
let desk: Desk;
beforeEach(() => {
  changes = 0;
  desk = new Desk({
    requester: 'Asker@example.com',
    runId: 'this-run',
    onChange: () => {
      changes += 1;
    },
  });
});

/** What `oncall` signs, with a nonce of its own. */
let nonces = 0;
function statementOf(change: Partial<ApprovalStatement> = {}): ApprovalStatement {
  nonces += 1;
  return {
    type: 'proxyshift.dev/approval/v1',
    clusterUid: 'uid',
    runId: 'this-run',
    planHash: hash,
    approver: 'oncall',
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
    nonce: nonces.toString(16).padStart(32, '0'),
    ...change,
  };
}

/** Delivers a message as the handlers do; returns the reason of a refusal. */
function deliver(name: JudgedName | 'approve', payload: unknown): string | undefined {
  if (name === 'approve') {
    const heard = desk.approvals.hear(payload);
    if ('verify' in heard) throw new Error('it waits for a verification');
    return heard.taken ? undefined : heard.reason;
  }
  const verdict = desk.judge(name, payload);
  if (!verdict.taken) return verdict.reason;
  verdict.apply();
  return undefined;
}

describe('approve', () => {
  it('is taken from another person, for the plan on offer, and kept with its comment', () => {
    desk.offer(plan(), hash);
    expect(deliver('approve', { approver: 'oncall', planHash: hash, comment: 'go' })).toBeUndefined();
    expect(desk.approvals.areComplete()).toBe(true);
    expect(desk.accepted).toMatchObject([{ message: 'approve', by: 'oncall', planHash: hash, comment: 'go' }]);
    expect(changes).toBe(1);
  });

  it.each([
    ['of another plan', { approver: 'oncall', planHash: 'b'.repeat(64) }, /is not the plan on offer/],
    [
      'from the requester, whatever the case',
      { approver: 'asker@EXAMPLE.com', planHash: hash },
      /another person has to approve/,
    ],
    ['with a hash that is none', { approver: 'oncall', planHash: 'abc' }, /^planHash is "abc": expected 64/],
    ['that is nothing', undefined, /^the payload of approve is empty: /],
  ])('%s is refused and changes nothing', (_, payload, reason) => {
    desk.offer(plan(), hash);
    expect(deliver('approve', payload)).toMatch(reason);
    expect(desk.approvals.areComplete()).toBe(false);
    expect(desk.accepted).toEqual([]);
    expect(desk.refused).toMatchObject([{ message: 'approve', reason: expect.stringMatching(reason) }]);
    expect(changes).toBe(0);
  });

  it('is refused from someone who is not on the list', () => {
    desk.offer(plan(['Oncall']), hash);
    expect(deliver('approve', { approver: 'passer-by', planHash: hash })).toMatch(/not an approver of this cluster/);
    expect(deliver('approve', { approver: 'oncall', planHash: hash })).toBeUndefined();
  });

  it('is refused before there is a plan, and does not count for a later one', () => {
    expect(deliver('approve', { approver: 'oncall', planHash: hash })).toMatch(/no plan to approve/);
    desk.offer(plan(), hash);
    deliver('approve', { approver: 'oncall', planHash: hash });
    desk.offer(plan(), 'c'.repeat(64));
    expect(desk.approvals.areComplete()).toBe(false);
  });

  it('of several people: each counts once, and the last one decides', () => {
    desk.offer(plan([], { count: 2 }), hash);
    expect(desk.approvals.tally).toBe('0 of 2 approvals');
    expect(deliver('approve', { approver: 'oncall', planHash: hash })).toBeUndefined();
    expect(deliver('approve', { approver: 'OnCall', planHash: hash })).toMatch(/OnCall has approved already/);
    expect(desk.approvals.areComplete()).toBe(false);
    expect(desk.approvals.tally).toBe('1 of 2 approvals: oncall');
    expect(deliver('approve', { approver: 'lead', planHash: hash })).toBeUndefined();
    expect(desk.approvals.areComplete()).toBe(true);
    expect(deliver('approve', { approver: 'third', planHash: hash })).toMatch(/already approved by oncall, lead/);
  });

  it('with a signature that nobody would verify is refused', () => {
    desk.offer(plan(), hash);
    const signed = { statement: statementOf(), signature: 'x' };
    expect(deliver('approve', { approver: 'oncall', planHash: hash, signed })).toMatch(/verifies no signature/);
  });

  it('of a plan from the history of an older worker needs one name', () => {
    const { count: _count, require: _require, ...older } = plan().approval;
    // As JSON of such a history has it.
    desk.offer(JSON.parse(JSON.stringify({ ...plan(), approval: older })), hash);
    expect(deliver('approve', { approver: 'oncall', planHash: hash })).toBeUndefined();
    expect(desk.approvals.areComplete()).toBe(true);
  });
});

describe('a signed approval', () => {
  const key = 'ED25519 SHA256:one';
  beforeEach(() => desk.offer(plan(['oncall', 'lead'], { count: 2, require: 'signed' }), hash));
  afterEach(() => void vi.useRealTimers());

  const messageOf = (statement: ApprovalStatement, change: Record<string, unknown> = {}) => ({
    approver: statement.approver,
    planHash: statement.planHash,
    signed: { statement, signature: 'armored' },
    ...change,
  });
  /** Hears a message that has to be verified. */
  const heard = (message: unknown) => {
    const answer = desk.approvals.hear(message);
    if (!('verify' in answer)) throw new Error(answer.taken ? 'taken without a look' : answer.reason);
    return answer.settle;
  };

  it('counts once its signature is verified, and is kept with its key', () => {
    const settle = heard(messageOf(statementOf()));
    expect(desk.accepted).toEqual([]);
    expect(settle({ valid: true, key })).toEqual({
      taken: true,
      answer: 'approved, and more have to: 1 of 2 approvals: oncall',
    });
    expect(desk.accepted).toMatchObject([{ message: 'approve', by: 'oncall', signedWith: key }]);
    expect(heard(messageOf(statementOf({ approver: 'lead' })))({ valid: true, key: 'ED25519 SHA256:two' })).toEqual({
      taken: true,
      answer: 'approved: the migration starts',
    });
    expect(desk.approvals.areComplete()).toBe(true);
  });

  const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
  it.each<[string, () => unknown, RegExp]>([
    ['no signature', () => ({ approver: 'oncall', planHash: hash }), /is not signed, and this cluster requires that/],
    ['another name than signed', () => messageOf(statementOf(), { approver: 'lead' }), /lead is not who signed/],
    [
      'another plan than signed',
      () => messageOf(statementOf({ planHash: 'b'.repeat(64) }), { planHash: hash }),
      /is not what was signed/,
    ],
    ['another comment than signed', () => messageOf(statementOf(), { comment: 'CHG-1' }), /the comment is not the one/],
    ['another cluster', () => messageOf(statementOf({ clusterUid: 'other' })), /is of another cluster, other/],
    ['another run', () => messageOf(statementOf({ runId: 'yesterday' })), /is of another run, yesterday/],
    ['a stale plan', () => messageOf(statementOf({ planHash: 'b'.repeat(64) })), /is not the plan on offer/],
    ['expired', () => messageOf(statementOf({ expiresAt: soon(-1) })), /expired at 20/],
    ['an expiry too far', () => messageOf(statementOf({ expiresAt: soon(8 * 86_400_000) })), /a week is the most/],
    ['a stranger', () => messageOf(statementOf({ approver: 'mallory' })), /not an approver of this cluster/],
    [
      'a nonce that is none',
      () => messageOf(statementOf({ nonce: 'abc' })),
      /^signed.statement.nonce is "abc": expected 32/,
    ],
  ])('%s is refused without a look at the signature, and kept', (_, message, reason) => {
    expect(() => heard(message())).toThrow(reason);
    expect(desk.refused).toMatchObject([{ message: 'approve', reason: expect.stringMatching(reason) }]);
    expect(desk.accepted).toEqual([]);
  });

  it('of the requester is refused, on the list or not', () => {
    desk.offer(plan([], { require: 'signed' }), hash);
    expect(() => heard(messageOf(statementOf({ approver: 'asker@example.com' })))).toThrow(/another person has to/);
  });

  it('is looked at once: the same message again is a replay, whatever came of the first', () => {
    const message = messageOf(statementOf());
    heard(message)({ valid: false, reason: 'no ssh-keygen' });
    expect(() => heard(message)).toThrow(/was sent to this run before \(replayed\)/);
    expect(desk.refused.map(({ reason }) => reason)).toEqual([
      'the signature of oncall was not accepted: no ssh-keygen',
      expect.stringContaining('replayed'),
    ]);
  });

  it('of an offer that was withdrawn is a replay when that offer comes back', () => {
    const message = messageOf(statementOf());
    desk.offer(plan([], { require: 'signed' }), 'c'.repeat(64));
    expect(() => heard(message)).toThrow(/is not the plan on offer/);
    desk.offer(plan([], { require: 'signed' }), hash);
    expect(() => heard(message)).toThrow(/replayed/);
  });

  it('two in flight from one person count once', () => {
    const first = heard(messageOf(statementOf()));
    const second = heard(messageOf(statementOf()));
    expect(second({ valid: true, key })).toMatchObject({ taken: true });
    expect(first({ valid: true, key })).toMatchObject({
      taken: false,
      reason: expect.stringMatching(/approved already/),
    });
    expect(desk.approvals.areComplete()).toBe(false);
  });

  it('two names with one key count once', () => {
    heard(messageOf(statementOf()))({ valid: true, key });
    expect(heard(messageOf(statementOf({ approver: 'lead' })))({ valid: true, key })).toMatchObject({
      reason: 'the key of lead, ED25519 SHA256:one, is the one that oncall has approved with already',
    });
  });

  it('a key and its certificate count once', () => {
    heard(messageOf(statementOf()))({ valid: true, key });
    const byCertificate = heard(messageOf(statementOf({ approver: 'lead' })));
    expect(byCertificate({ valid: true, key: 'ED25519-CERT SHA256:one' })).toMatchObject({
      reason: expect.stringMatching(/is the one that oncall has approved with already/),
    });
    expect(desk.approvals.areComplete()).toBe(false);
  });

  it('an id that would steer a terminal is not repeated before anything was verified', () => {
    expect(() => heard(messageOf(statementOf({ runId: 'x\u001b[2J' })))).toThrow(
      /^signed.statement.runId is "x\\u001b/,
    );
    expect(() => heard(messageOf(statementOf({ clusterUid: 'a b' })))).toThrow(/^signed.statement.clusterUid is "a b"/);
  });

  it('that is verified after the plan was withdrawn does not count', () => {
    const settle = heard(messageOf(statementOf()));
    desk.offer(plan([], { require: 'signed' }), 'c'.repeat(64));
    expect(settle({ valid: true, key })).toMatchObject({ reason: expect.stringMatching(/not the plan on offer/) });
  });

  it('that is verified after the run has ended does not count', () => {
    const settle = heard(messageOf(statementOf()));
    desk.stage = 'ended';
    expect(settle({ valid: true, key })).toMatchObject({ reason: 'there is no plan to approve now' });
    expect(desk.accepted).toEqual([]);
  });

  it('that expires while another one is awaited does not count any more, and that is kept', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    heard(messageOf(statementOf({ expiresAt: soon(1_000) })))({ valid: true, key });
    expect(desk.approvals.nextExpiry).toBe(Date.now() + 1_000);
    vi.advanceTimersByTime(1_000);
    heard(messageOf(statementOf({ approver: 'lead' })))({ valid: true, key: 'ED25519 SHA256:two' });
    expect(desk.approvals.tally).toBe('1 of 2 approvals: lead');
    expect(desk.refused).toMatchObject([
      { reason: expect.stringMatching(/approval of oncall expired .* before the run/) },
    ]);
  });

  it('counts on where the same plan is offered again, and not in a run that has begun', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    heard(messageOf(statementOf({ expiresAt: soon(1_000) })))({ valid: true, key });
    desk.offer(plan(['oncall', 'lead'], { count: 2, require: 'signed' }), hash);
    expect(desk.approvals.tally).toBe('1 of 2 approvals: oncall');
    heard(messageOf(statementOf({ approver: 'lead' })))({ valid: true, key: 'ED25519 SHA256:two' });
    desk.stage = 'running';
    vi.advanceTimersByTime(5_000);
    expect(() => heard(messageOf(statementOf()))).toThrow(/already approved by oncall, lead/);
    expect(desk.refused, 'no word of an expiry after the start').toHaveLength(1);
  });
});

describe('abort and rollback', () => {
  it.each(['abort', 'rollback'] as const)('%s while a plan waits rejects it', (name) => {
    desk.offer(plan(), hash);
    expect(deliver(name, { by: 'oncall' })).toBeUndefined();
    expect(desk.rejection).toEqual({ by: 'oncall' });
  });

  it('are refused where nothing can be stopped', () => {
    expect(deliver('abort', { by: 'oncall' })).toMatch(/nothing has been started/);
    desk.stage = 'rolling-back';
    expect(deliver('rollback', { by: 'oncall' })).toMatch(/rolling back already/);
    expect(deliver('abort', { by: 'oncall' })).toMatch(/rolling back already/);
    desk.stage = 'ended';
    expect(deliver('rollback', { by: 'oncall' })).toMatch(/nothing has been started/);
  });
});

describe('pause and resume', () => {
  it('only while the cluster is being changed, and only once', () => {
    expect(deliver('pause', { by: 'oncall' })).toMatch(/not changing the cluster/);
    desk.stage = 'running';
    expect(deliver('resume', { by: 'oncall' })).toMatch(/not paused/);
    expect(deliver('pause', { by: 'oncall' })).toBeUndefined();
    expect(deliver('pause', { by: 'oncall' })).toMatch(/paused already/);
    expect(desk.paused).toBe(true);
    expect(deliver('resume', { by: 'oncall' })).toBeUndefined();
    expect(desk.paused).toBe(false);
  });
});

describe('a refused signal', () => {
  it('is kept with its reason', () => {
    desk.keepRefused('approve', 'because');
    expect(desk.refused).toMatchObject([{ message: 'approve', reason: 'because' }]);
  });

  it('of a flood the first ones are kept and the others counted: the report still fits', () => {
    for (let at = 1; at <= 5_000; at += 1) desk.keepRefused('approve', `${at} ${'x'.repeat(10_000)}`);
    expect(desk.refused).toHaveLength(201);
    expect(desk.refused[0]?.reason).toMatch(/^1 x/);
    expect(desk.refused.at(-1)?.reason).toMatch(/^and 4800 more refused messages, the last one of these: 5000 x/);
    expect(JSON.stringify(desk.refused).length).toBeLessThan(300_000);
  });
});

describe('confirm', () => {
  const step = { key: 'restart-nodes-1', what: 'restart node-01', nodes: ['node-01'] };

  it('is taken for the step that is waited for, and kept with who said so', () => {
    desk.stage = 'running';
    desk.handSteps.ask(step);
    expect(deliver('confirm', { by: 'oncall', step: step.key, comment: 'rebooted' })).toBeUndefined();
    expect(desk.handSteps.said(step.key)).toEqual({ by: 'oncall', skipped: false, comment: 'rebooted' });
    expect(desk.handSteps.open).toEqual([]);
    expect(desk.accepted).toMatchObject([{ message: 'confirm', by: 'oncall', step: step.key, comment: 'rebooted' }]);
  });

  it('with skip says that it was not done', () => {
    desk.handSteps.ask(step);
    expect(deliver('confirm', { by: 'oncall', step: step.key, skip: true })).toBeUndefined();
    expect(desk.handSteps.said(step.key)).toMatchObject({ skipped: true });
    expect(desk.accepted).toMatchObject([{ skipped: true }]);
  });

  it.each([
    [
      'of another step',
      { by: 'oncall', step: 'drain' },
      /does not wait for step "drain"; it waits for "restart-nodes-1"/,
    ],
    ['without a step', { by: 'oncall' }, /^step is missing: /],
    ['without a name', { by: ' ', step: step.key }, /^by is " ": expected a name/],
  ])('%s is refused and changes nothing', (_, payload, reason) => {
    desk.handSteps.ask(step);
    expect(deliver('confirm', payload)).toMatch(reason);
    expect(desk.handSteps.open).toEqual([step]);
    expect(desk.accepted).toEqual([]);
  });

  it('is refused a second time, with who was first', () => {
    desk.handSteps.ask(step);
    deliver('confirm', { by: 'oncall', step: step.key });
    expect(deliver('confirm', { by: 'other', step: step.key })).toMatch(/confirmed already by oncall/);
  });
});
