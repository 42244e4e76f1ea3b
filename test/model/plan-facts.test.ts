import { describe, expect, it } from 'vitest';
import { canaryFact, failuresFact, wavesFact } from '../../src/model/plan-facts.ts';
import { planMarkdown } from '../../src/model/plan-markdown.ts';
import { plan } from '../cli/fixtures.ts';
import { kubeProxyPlan } from '../fixtures/kube-proxy-plan.ts';

const canary = { node: 'node-1', why: 'named' };
const waves = [['node-1'], ['node-2', 'node-3']];
const { approval } = plan;

describe('the canary', () => {
  it('is told with its soak, and with the gate after it', () => {
    const kubeProxy = kubeProxyPlan({ canary, canarySoakMs: 30_000 });
    expect(canaryFact({ kubeProxy, approval })).toBe('node-1 (named), watched for 30 s');
    expect(canaryFact({ kubeProxy, approval: { ...approval, gates: ['plan', 'canary'] } })).toBe(
      'node-1 (named), watched for 30 s, then approved once more',
    );
  });

  it('is none where nothing is restarted', () => {
    expect(canaryFact({ kubeProxy: kubeProxyPlan({ canary, needed: false }), approval })).toBeUndefined();
  });
});

describe('nodes that fail', () => {
  it.each([
    [{ failureBudget: 0, onFailure: 'rollback' }, 'where a node fails twice, everything is undone'],
    [{ failureBudget: 0, onFailure: 'pause' }, 'where a node fails twice, the run waits for a person'],
    [{ failureBudget: 1, onFailure: 'rollback' }, 'up to 1 node that fails twice may be left behind'],
    [{ failureBudget: 3, onFailure: 'pause' }, 'up to 3 nodes that fail twice may be left behind; above that the run'],
  ] as const)('%j', (policy, text) => {
    const fact = failuresFact({ kubeProxy: kubeProxyPlan({ ...policy, waves, notReadyTimeoutMs: 300_000 }) });
    expect(fact).toContain(text);
    expect(fact).toContain('one that is not Ready for 5 min is left behind');
  });

  it('are no matter where none is restarted', () => {
    expect(failuresFact({ kubeProxy: kubeProxyPlan({ needed: false, waves }) })).toBeUndefined();
    expect(failuresFact({ kubeProxy: kubeProxyPlan({ waves: [] }) })).toBeUndefined();
  });
});

it('strategy rolling has no waves of the run', () => {
  expect(wavesFact({ kubeProxy: kubeProxyPlan({ strategy: 'rolling', waves }) })).toContain('the DaemonSet replaces');
  expect(wavesFact({ kubeProxy: kubeProxyPlan({ canary, waves }) })).toBe('1 after the canary, of at most 2 nodes');
});

it('all of it is in the Markdown of a plan', () => {
  const text = planMarkdown(plan, undefined);
  expect(text).toContain(`- **Canary**: ${canaryFact(plan)}`);
  expect(text).toContain(`- **Failures**: ${failuresFact(plan)}`);
});
