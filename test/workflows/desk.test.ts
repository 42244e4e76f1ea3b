import { beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import { Desk } from '../../src/workflows/desk.ts';

const hash = 'a'.repeat(64);
const plan = (approvers: string[] = []): Plan => ({
  cluster: { name: 'one', uid: 'uid', kubernetesVersion: 'v1.35.4' },
  target: 'nftables',
  nodes: [],
  kubeProxy: {
    needed: true,
    from: 'ipvs',
    to: 'nftables',
    configBefore: '',
    configAfter: '',
    waves: [],
    nodeTimeoutMs: 1,
  },
  changes: [],
  findings: [],
  approval: { approvers, timeoutMs: 1 },
  soakMs: 0,
});

let changes: number;
let desk: Desk;
beforeEach(() => {
  changes = 0;
  desk = new Desk('Asker@example.com', () => {
    changes += 1;
  });
});

/** Delivers a message as the handlers do; returns the reason of a refusal. */
function deliver(...[name, payload]: Parameters<Desk['judge']>): string | undefined {
  const verdict = desk.judge(name, payload);
  if (!verdict.taken) return verdict.reason;
  verdict.apply();
  return undefined;
}

describe('approve', () => {
  it('is taken from another person, for the plan on offer, and kept with its comment', () => {
    desk.offer(plan(), hash);
    expect(deliver('approve', { approver: 'oncall', planHash: hash, comment: 'go' })).toBeUndefined();
    expect(desk.approval).toMatchObject({ approver: 'oncall' });
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
    ['with a hash that is none', { approver: 'oncall', planHash: 'abc' }, /planHash: 64 lower-case hex digits/],
    ['without a name', { approver: '  ', planHash: hash }, /approver: a name is required/],
    [
      'with a field that nobody knows',
      { approver: 'oncall', planHash: hash, force: true },
      /Unrecognized key: "force"/,
    ],
    ['that is no object', 'yes', /approve: /],
    ['that is nothing', undefined, /approve: /],
  ])('%s is refused and changes nothing', (_, payload, reason) => {
    desk.offer(plan(), hash);
    expect(deliver('approve', payload)).toMatch(reason);
    expect(desk.approval).toBeUndefined();
    expect(desk.accepted).toEqual([]);
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
    expect(desk.approval).toBeUndefined();
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
});
