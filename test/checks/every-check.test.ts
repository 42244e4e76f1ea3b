import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/all.ts';
import type { ClusterFacts } from '../../src/checks/facts.ts';
import { checkedCodes, runChecks } from '../../src/checks/run-checks.ts';
import { categories } from '../../src/model/check-result.ts';
import { Failure } from '../../src/model/failure.ts';
import type { ProbePlan } from '../../src/model/probe-plan.ts';
import type { Target } from '../../src/model/request.ts';
import { healthyFacts } from './support/facts.ts';

const targets: Target[] = ['nftables', 'ebpf'];

/** With whatever makes a check look. */
const probeWanted: ProbePlan = {
  image: 'registry.example.com/proxyshift:0.1.0',
  paths: ['dns'],
  everyMs: 100,
  timeoutMs: 900,
  baselineMs: 60_000,
  limits: {},
};

/** Facts of which every read fails, each with an error of its own kind. */
function unreadableFacts(error: () => unknown): ClusterFacts {
  const facts: ClusterFacts = healthyFacts();
  for (const [name, value] of Object.entries(facts)) {
    if (typeof value !== 'function') continue;
    Object.defineProperty(facts, name, {
      value: async () => {
        throw error();
      },
    });
  }
  facts.handover = 'make-before-break';
  facts.probe = probeWanted;
  return facts;
}

/** Checks that look at nothing that has to be read: what they need is known from connecting, or from clusters.yaml. */
const needNoRead = ['PXS006', 'PXS104'];

describe('a check that cannot read what it looks at', () => {
  it.each([
    ['is forbidden to', () => new Failure('Forbidden', 'list nodes is not permitted', { hint: 'Grant it' })],
    ['has no answer to', () => new Failure('Unreachable', 'the API server does not answer')],
    ['meets a defect in', () => new TypeError('undefined is not a function')],
  ])('never passes where it %s', async (_, error) => {
    for (const target of targets) {
      const results = await runChecks(unreadableFacts(error), { target });
      const passed = results.filter(({ verdict }) => verdict !== 'unknown').map(({ code }) => code);
      expect(passed.filter((code) => !needNoRead.includes(code))).toEqual([]);
    }
  });

  it('says why once, and then which check has said it', async () => {
    const failure = new Failure('Forbidden', 'list nodes is not permitted');
    const facts = healthyFacts();
    facts.nodes = () => Promise.reject(failure);
    const unread = (await runChecks(facts, { only: ['nodes'] })).filter(({ verdict }) => verdict === 'unknown');
    const [first, ...others] = unread.map(({ findings: [finding] }) => finding?.message);
    expect(first).toBe('Not known: list nodes is not permitted');
    expect(new Set(others)).toEqual(new Set([`Not known, for the same reason as ${unread[0]?.code}`]));
    expect(others.length).toBeGreaterThan(0);
  });

  it('refers to the check that is about what could not be understood', async () => {
    const failure = new Failure('Invalid', 'ConfigMap kube-system/kube-proxy does not exist');
    const results = await runChecks(healthyFacts({ proxyConfig: { failure } }), { only: ['kube-proxy'] });
    const messages = results.flatMap(({ findings }) => findings.map(({ code, message }) => `${code} ${message}`));
    expect(messages).toContain(`PXS011 ${failure.message}`);
    expect(messages).toContain('PXS015 Not known, for the same reason as PXS011');
  });

  it('hands on what is to be tried again, where it is asked to', async () => {
    const facts = unreadableFacts(() => new Failure('Unreachable', 'the API server does not answer'));
    await expect(runChecks(facts, { rethrow: ['Unreachable'] })).rejects.toThrow('the API server does not answer');
  });

  it('hands on a cancellation', async () => {
    const facts = { ...unreadableFacts(() => new Error('cancelled')), signal: AbortSignal.abort() };
    await expect(runChecks(facts)).rejects.toThrow('cancelled');
  });
});

describe('a check that is set aside', () => {
  const facts = () => healthyFacts({ kubernetesVersion: 'v1.30.0' });

  it('warns, and is marked, instead of blocking', async () => {
    const [result] = (await runChecks(facts(), { ignore: ['PXS002'] })).filter(({ code }) => code === 'PXS002');
    expect(result).toMatchObject({ verdict: 'warning', findings: [{ severity: 'warning', ignored: true }] });
  });

  it.each([
    [['PXS999'], 'Invalid', /There is no check "PXS999"/],
    [['pxs002'], 'Invalid', /There is no check "pxs002"/],
    [['PXS012'], 'Refused', /PXS012 .* cannot be ignored/],
  ] as const)('has to be one that may be: %s', (codes, kind, message) => {
    expect(() => checkedCodes(codes)).toThrow(
      expect.objectContaining({ kind, message: expect.stringMatching(message) }),
    );
  });

  it('counts once, in whatever order it was given', () => {
    expect(checkedCodes(['PXS014', 'PXS002', 'PXS014'])).toEqual(['PXS002', 'PXS014']);
  });
});

it('only the categories that are asked for are looked at', async () => {
  const results = await runChecks(healthyFacts(), { only: ['nodes', 'calico'] });
  expect(new Set(results.map(({ category }) => category))).toEqual(new Set(['nodes', 'calico']));
});

it('checks for eBPF are made only for eBPF', async () => {
  const forTarget = async (target: Target) =>
    (await runChecks(healthyFacts(), { target })).some(({ category }) => category === 'ebpf');
  expect([await forTarget('nftables'), await forTarget('ebpf')]).toEqual([
    false,
    checks.some(({ category }) => category === 'ebpf'),
  ]);
});

it('what only the cluster can answer is skipped on an export, and shown as skipped', async () => {
  const results = await runChecks(healthyFacts(), { live: false });
  const skipped = results.filter(({ verdict }) => verdict === 'skipped').map(({ code }) => code);
  expect(skipped).toEqual(
    checks
      .filter(
        ({ live, target, handover, probe }) => live && (target ?? 'nftables') === 'nftables' && !handover && !probe,
      )
      .map(({ code }) => code),
  );
});

it('checks are in the order of the categories, and no code is given twice', () => {
  const places = checks.map(({ category }) => categories.indexOf(category));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(new Set(checks.map(({ code }) => code)).size).toBe(checks.length);
});

it('every check is tested by name', async () => {
  const files = (await readdir(import.meta.dirname, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), 'utf8')));
  expect(checks.map(({ code }) => code).filter((code) => !texts.some((text) => text.includes(code)))).toEqual([]);
});
