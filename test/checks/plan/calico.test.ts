import { describe, expect, it } from 'vitest';
import { type CalicoSurroundings, planCalico } from '../../../src/checks/plan/calico.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { calicoFact, limitsFact } from '../../../src/model/plan-facts.ts';
import { felixConfiguration } from '../../fixtures/objects/calico.ts';
import {
  type CalicoSeen,
  clusterEntry,
  type Known,
  manifestCalico,
  node,
  operatorCalico,
  workers,
} from '../support/facts.ts';

interface Around {
  /** Nodes whose kube-proxy is restarted; by default all. */
  toRestart?: string[];
  own?: PlainObject[];
  canaryNode?: string;
}

const nodes = [node('cp-1', { controlPlane: true }), ...workers(3)];
const names = ['node-1', 'node-2', 'node-3', 'cp-1'];

function planOf(known: Known<CalicoSeen | undefined>, { toRestart = names, own = [], canaryNode }: Around = {}) {
  const calico = 'value' in known ? known.value : undefined;
  if (calico === undefined) throw new Error('a test without Calico');
  const [first, ...rest] = toRestart;
  const around: CalicoSurroundings = {
    kubeProxy:
      first === undefined ? { waves: [] } : { waves: [[first], rest], canary: { node: first, why: 'by a rule' } },
    nodes,
    systemPods: [],
    felixConfigurations: [felixConfiguration('default'), ...own],
  };
  return planCalico(clusterEntry({ ...(canaryNode ? { canaryNode } : {}), canarySoakMs: 45_000 }), calico, around);
}

describe('when Calico is switched', () => {
  it.each([
    ['3.30 by the operator', operatorCalico({ version: 'v3.30.7' })],
    ['3.31 by the operator', operatorCalico({ version: 'v3.31.7' })],
    ['3.31 by manifests', manifestCalico({ version: 'v3.31.7' })],
  ])('%s: after kube-proxy, its canary first', (_, calico) => {
    const { plan, changes } = planOf(calico);
    expect(plan).toMatchObject({
      order: 'after-kube-proxy',
      followsKubeProxy: false,
      canary: { node: 'node-1', why: "kube-proxy's canary", existing: false },
      canarySoakMs: 45_000,
    });
    expect(changes[0]).toMatchObject({
      object: 'FelixConfiguration node.node-1',
      diff: expect.stringContaining('+nftablesMode: Enabled'),
      undo: expect.stringContaining('deleted once all others have followed'),
    });
  });

  it.each([
    ['by the operator', operatorCalico({ version: 'v3.32.2' })],
    ['by manifests that hold it back', manifestCalico({ version: 'v3.32.2', nftablesMode: 'Disabled' })],
  ])('3.32 %s: before kube-proxy, since each Felix then follows its own', (_, calico) => {
    const { plan, changes } = planOf(calico);
    expect(plan).toMatchObject({ needed: true, order: 'before-kube-proxy', followsKubeProxy: true, canarySoakMs: 0 });
    expect(plan).not.toHaveProperty('canary');
    expect(changes).toHaveLength(1);
  });

  it('3.32 by manifests: nothing is written, and each Felix follows', () => {
    const { plan, changes } = planOf(manifestCalico({ version: 'v3.32.2' }));
    expect(plan).toMatchObject({ needed: false, followsKubeProxy: true });
    expect(changes).toEqual([]);
  });

  it.each([
    ['some nodes are in nftables already, and would all switch with the patch', ['node-2']],
    ['kube-proxy is done', []],
  ])('3.32 with a canary of its own where %s', (_, toRestart) => {
    const { plan, changes } = planOf(operatorCalico({ version: 'v3.32.2' }), { toRestart });
    expect(plan).toMatchObject({ order: 'after-kube-proxy', followsKubeProxy: false, canary: { existing: false } });
    expect(changes[0]?.diff).toContain('+nftablesMode: Auto');
  });

  it('an Installation that a run before has switched: what is left of kube-proxy takes Felix along', () => {
    const calico = operatorCalico({ version: 'v3.32.2', dataplane: 'Nftables', nftablesMode: 'Auto' });
    expect(planOf(calico, { toRestart: ['node-3'] }).plan).toMatchObject({ needed: false, followsKubeProxy: true });
  });
});

describe('the canary of Calico', () => {
  const calico = operatorCalico({ version: 'v3.31.7' });

  it('is not a node whose own FelixConfiguration sets the mode: it would prove nothing', () => {
    const own = [felixConfiguration('node.node-1', { nftablesMode: 'Enabled' })];
    const { plan } = planOf(calico, { own });
    expect(plan.canary).toMatchObject({ node: 'node-2', existing: false });
    expect(plan.canary?.why).toContain('node.node-1 sets a mode of its own');
    expect(plan.pinnedNodes).toEqual(['node-1']);
    expect(planOf(calico, { own, canaryNode: 'node-3' }).plan.canary?.node).toBe('node-3');
    expect(planOf(calico, { own, canaryNode: 'node-1' }).plan.canary?.node).toBe('node-2');
  });

  it('may have a FelixConfiguration that sets other things: the field is added, and taken out again', () => {
    const own = [felixConfiguration('node.node-1', { logSeverityScreen: 'Debug' })];
    const { plan, changes } = planOf(calico, { own });
    expect(plan.canary).toMatchObject({ node: 'node-1', existing: true });
    expect(changes[0]?.undo).toContain('taken out again');
    expect(plan.pinnedNodes).toEqual([]);
  });

  it('is no node that is gone, and none at all where each node has a mode of its own', () => {
    expect(planOf(calico, { own: [felixConfiguration('node.gone', { nftablesMode: 'Enabled' })] }).plan).toMatchObject({
      canary: { node: 'node-1' },
      pinnedNodes: [],
    });
    const own = names.map((name) => felixConfiguration(`node.${name}`, { nftablesMode: 'Enabled' }));
    expect(planOf(calico, { own }).plan).not.toHaveProperty('canary');
  });
});

describe('what a person reads of it', () => {
  it('says the order, the canary and how long it is watched', () => {
    const { plan } = planOf(operatorCalico({ version: 'v3.31.7' }));
    expect(calicoFact({ calico: plan })).toBe(
      "v3.31.7 (operator install): linuxDataplane Iptables → Nftables, after kube-proxy; Felix on node-1 first, alone (kube-proxy's canary)",
    );
    const kubeProxy = { nodeTimeoutMs: 300_000 };
    expect(limitsFact(Object({ kubeProxy, calico: plan, soakMs: 120_000 }))).toContain('its canary watched for 45 s');
  });

  it('says that Felix follows, and that stale rules are a step by hand', () => {
    expect(calicoFact({ calico: planOf(operatorCalico({ version: 'v3.32.2' })).plan })).toMatch(
      /before kube-proxy; then each Felix follows the kube-proxy of its node$/,
    );
    expect(calicoFact({ calico: planOf(manifestCalico({ version: 'v3.32.2' })).plan })).toMatch(
      /nothing to write, each Felix follows/,
    );
    const older = planOf(operatorCalico({ version: 'v3.30.7' })).plan;
    expect(older.leavesRules).toBe(true);
    expect(calicoFact({ calico: older })).toMatch(/stale iptables rules of every node by hand$/);
  });
});
