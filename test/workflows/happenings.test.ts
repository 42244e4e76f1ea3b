import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/model/plan.ts';
import {
  canaryOffered,
  type Ending,
  ended,
  handStepAsked,
  paused,
  planOffered,
} from '../../src/workflows/happenings.ts';
import { plan, planHash } from '../cli/fixtures.ts';

const ending = (more: Partial<Ending> = {}): Ending => ({ outcome: 'migrated', findings: [], leftBehind: [], ...more });

describe('who is asked to approve reads what, by whom, and the command', () => {
  it('of a plan', () => {
    const { text, commands } = planOffered('prod-1', plan, planHash, false);
    expect(text).toBe(
      'prod-1 waits for the approval of plan 0123456789ab: 4 nodes, kube-proxy from ipvs to nftables, and Calico',
    );
    expect(commands[0]?.command).toBe('proxyshift approve prod-1');
  });

  it('of one that has to be signed by two, and that is another one than was approved', () => {
    const signed: Plan = { ...plan, approval: { ...plan.approval, count: 2, require: 'signed' } };
    const { text, commands } = planOffered('prod-1', signed, planHash, true);
    expect(text).toMatch(
      /^prod-1 waits for 2 signed approvals of plan .*; the cluster has changed, so it is another plan/,
    );
    expect(commands[0]?.command).toBe('proxyshift approve prod-1 --sign-with KEY');
  });

  it('of the gate after the canary', () => {
    expect(canaryOffered('prod-1', plan, 'node-01').commands.map(({ command }) => command)).toEqual([
      'proxyshift approve prod-1 --gate canary',
      'proxyshift rollback prod-1',
    ]);
  });
});

describe('who is told of the end', () => {
  it.each([
    ['migrated', 'done'],
    ['nothing-to-do', 'done'],
    ['aborted', 'done'],
    ['rejected', 'done'],
    ['expired', 'done'],
    ['rolled-back', 'rolled-back'],
    ['blocked', 'failed'],
  ] as const)('of %s hears of %s', (outcome, event) => {
    expect(ended('prod-1', ending({ outcome }))).toMatchObject({ event, text: expect.stringContaining(outcome) });
  });

  it('reads what was in the way, and what was left behind', () => {
    const findings = [1, 2, 3, 4].map((n) => ({
      code: `PXS00${n}`,
      severity: 'blocker' as const,
      message: `no ${n}`,
      objects: [],
    }));
    expect(ended('prod-1', ending({ outcome: 'blocked', findings })).text).toBe(
      'prod-1 has ended as blocked: preflight found blockers; nothing was written (PXS001 no 1; PXS002 no 2; and 2 more)',
    );
    expect(ended('prod-1', ending({ leftBehind: ['node-01', 'node-02'] })).text).toMatch(/verified; 2 left behind$/);
  });
});

it('a hold says why, and a pause says who', () => {
  expect(paused('prod-1', { why: 'an alert fires', by: 'ada' })).toMatchObject({
    text: 'prod-1 is held: an alert fires',
  });
  expect(paused('prod-1', { why: 'an alert fires', by: 'ada' }).by).toBeUndefined();
  expect(paused('prod-1', { by: 'ada' })).toMatchObject({ text: 'prod-1 is paused', by: 'ada' });
});

it('of a step by hand on very many nodes a few are named', () => {
  const nodes = Array.from({ length: 500 }, (_, n) => `node-${n}`);
  const { text, commands } = handStepAsked('prod-1', { key: 'restart-nodes-1', what: 'Restart these nodes', nodes });
  expect(text).toBe('prod-1 waits for a person: Restart these nodes (node-0, node-1, and 498 more)');
  expect(commands[0]?.command).toBe('proxyshift confirm prod-1 restart-nodes-1');
});
