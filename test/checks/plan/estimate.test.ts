import { expect, it } from 'vitest';
import { estimateTime } from '../../../src/checks/plan/estimate.ts';

const canary = { node: 'node-1', why: 'by a rule', existing: false };
const calico = { needed: true, followsKubeProxy: false, canarySoakMs: 0 };
const totalOf = (more: Partial<Parameters<typeof estimateTime>[1]>) =>
  estimateTime([], { waves: 4, calico: undefined, canarySoakMs: 0, soakMs: 0, ...more });

it("counts Calico's canary with its soak, and Felix following each wave", () => {
  const without = totalOf({ calico }).totalMs;
  expect(without).toBeGreaterThan(totalOf({}).totalMs);
  expect(totalOf({ calico: { ...calico, canary, canarySoakMs: 30_000 } }).totalMs - without).toBe(55_000);
  expect(totalOf({ calico: { ...calico, canary, canarySoakMs: 30_000 } }).basis).toContain(
    "Calico's canary alone: 55 s",
  );
  const follows = totalOf({ calico: { ...calico, followsKubeProxy: true } });
  expect(follows.totalMs - without).toBe(4 * 40_000);
  expect(follows.basis).toContain('40 s a wave until Felix has followed');
});

it('counts nothing for a Calico that is not written and does not follow', () => {
  expect(totalOf({ calico: { ...calico, needed: false } }).totalMs).toBe(totalOf({}).totalMs);
});
