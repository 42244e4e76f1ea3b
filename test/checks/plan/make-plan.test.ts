import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashPlan } from '../../../src/checks/plan/hash-plan.ts';
import { makePlan } from '../../../src/checks/plan/make-plan.ts';
import type { ClusterEntry } from '../../../src/cluster/clusters-file.ts';
import { sha256 } from '../../../src/cluster/hash.ts';
import { editProxyConfig } from '../../../src/cluster/kube-proxy/config-edit.ts';
import type { SystemPod } from '../../../src/cluster/system-pods.ts';
import { Failure } from '../../../src/model/failure.ts';
import { type Plan, planHashSchema, planSchema } from '../../../src/model/plan.ts';
import { kubeadm, withLines } from '../../cluster/kube-proxy/config-texts.ts';
import {
  clusterEntry,
  type FactValues,
  factsOf,
  findingsIn,
  healthyValues,
  ipvsLog,
  manifestCalico,
  node,
  type OperatorCalicoOptions,
  operatorCalico,
  proof,
  proxyConfig,
  workers,
} from '../support/facts.ts';

const planOf = async (values: FactValues, entry = clusterEntry()) => {
  const facts = factsOf(values);
  return await makePlan({ entry, facts, findings: await findingsIn(facts) });
};
const migratedText = editProxyConfig(kubeadm, { mode: 'nftables' }).text;
const objectsOf = ({ changes }: Plan) => changes.map(({ object }) => object);
/** The hunks of an object's diff, line by line; undefined where the plan does not change it. */
const hunksOf = ({ changes }: Plan, object: string) => {
  const lines = changes.find((change) => change.object === object)?.diff.split('\n');
  return lines?.slice(lines.findIndex((line) => line.startsWith('@@')));
};
/** As {@link hunksOf}, without the lines that only say where. */
const linesOf = (plan: Plan, object: string) => hunksOf(plan, object)?.filter((line) => !line.startsWith('@@'));
const allInNftables = (): Partial<FactValues> => ({
  proxyConfig: proxyConfig(migratedText),
  proxies: healthyValues().nodes.map(({ name }) => proof(name, 'nftables')),
});

const CONFIG_MAP = 'ConfigMap kube-system/kube-proxy';
const INSTALLATION = 'Installation default';
const FELIX_CONFIGURATION = 'FelixConfiguration default';

describe('the plan for kube-proxy', () => {
  it('shows the approver the lines that change in config.conf, and no others', async () => {
    const plan = await planOf(healthyValues());
    expect(hunksOf(plan, CONFIG_MAP)?.join('\n')).toMatchInlineSnapshot(`
      "@@ -50,5 +50,5 @@
         verbosity: 0
       metricsBindAddress: ""
      -mode: ipvs
      +mode: nftables
       nftables:
         masqueradeAll: false
      @@ -56,5 +56,5 @@
         minSyncPeriod: 0s
         syncPeriod: 0s
      -nodePortAddresses: null
      +nodePortAddresses: ["0.0.0.0/0"]
       oomScoreAdj: null
       portRange: """
    `);
  });

  it('pins the text that was seen and the text that will be written', async () => {
    const { kubeProxy } = await planOf(healthyValues());
    expect(kubeProxy).toMatchObject({ configBefore: sha256(kubeadm), configAfter: sha256(migratedText) });
  });

  it('takes a worker as canary, alone, and control-plane nodes last, one by one', async () => {
    const nodes = [node('cp-1', { controlPlane: true }), node('cp-2', { controlPlane: true }), ...workers(5)];
    const plan = await planOf(healthyValues({ nodes }), clusterEntry({ maxUnavailable: 3, waveGrowth: 'none' }));
    expect(plan.kubeProxy.canary).toEqual({ node: 'node-1', why: expect.stringMatching(/Ready, schedulable worker/) });
    expect(plan.kubeProxy.waves).toEqual([['node-1'], ['node-2', 'node-3', 'node-4'], ['node-5'], ['cp-1'], ['cp-2']]);
    expect(plan.changes[1]).toMatchObject({
      object: '7 Pods kube-system/kube-proxy-*',
      diff: expect.stringMatching(/^deleted in 5 waves, the canary alone first/),
    });
  });

  it('counts a percentage of all nodes, not of those that are left', async () => {
    const nodes = workers(10);
    const proxies = nodes.map(({ name }, index) => proof(name, index < 5 ? 'nftables' : 'ipvs'));
    const plan = await planOf(healthyValues({ nodes, proxies }), clusterEntry({ maxUnavailable: '20%' }));
    expect(plan.kubeProxy.waves).toEqual([['node-6'], ['node-7', 'node-8'], ['node-9', 'node-10']]);
  });

  it.each([
    ['takes the canary that clusters.yaml names', 'cp-1', healthyValues(), 'cp-1', /named in clusters\.yaml/],
    [
      'takes another where the named one is no node of the cluster',
      'gone',
      healthyValues(),
      'node-1',
      /Ready, schedulable worker/,
    ],
    [
      'takes another where the named one is in nftables already',
      'node-1',
      healthyValues({
        proxies: ['cp-1', 'node-1', 'node-2', 'node-3'].map((name) =>
          proof(name, name === 'node-1' ? 'nftables' : 'ipvs'),
        ),
      }),
      'node-2',
      /Ready, schedulable worker/,
    ],
  ] as const)('%s', async (_, canaryNode, facts, expected, why) => {
    const { canary, waves } = (await planOf(facts, clusterEntry({ canaryNode }))).kubeProxy;
    expect(canary).toEqual({ node: expected, why: expect.stringMatching(why) });
    expect(waves[0]).toEqual([expected]);
    expect(waves.flat().filter((name) => name === expected)).toHaveLength(1);
  });

  it('restarts only the nodes that are left of a run that was stopped, and records the mode of each', async () => {
    const proxies = [
      proof('node-3', 'nftables'),
      proof('node-1', 'nftables'),
      proof('node-2', 'ipvs'),
      proof('cp-1', 'ipvs'),
    ];
    const plan = await planOf(healthyValues({ proxies, proxyConfig: proxyConfig(migratedText) }));
    expect(plan.kubeProxy).toMatchObject({ needed: true, waves: [['node-2'], ['cp-1']] });
    expect(plan.nodes.map(({ mode, names }) => [mode, names])).toEqual([
      ['ipvs', ['cp-1', 'node-2']],
      ['nftables', ['node-1', 'node-3']],
    ]);
    expect(plan.findings.map(({ code }) => code)).toEqual(['PXS016']);
    expect(objectsOf(plan)).toEqual(['2 Pods kube-system/kube-proxy-*']);
  });

  it('still writes a ConfigMap that lags behind its nodes, or the next new node would come up in ipvs', async () => {
    const plan = await planOf(healthyValues({ ...allInNftables(), proxyConfig: proxyConfig(kubeadm) }));
    expect(plan.kubeProxy).toMatchObject({ needed: true, waves: [] });
    expect(plan.kubeProxy).not.toHaveProperty('canary');
    expect(objectsOf(plan)).toEqual([CONFIG_MAP]);
  });

  it('is empty where all is done', async () => {
    const plan = await planOf(healthyValues(allInNftables()));
    expect(plan.kubeProxy).toMatchObject({ needed: false, waves: [], configBefore: plan.kubeProxy.configAfter });
    expect(plan.changes).toEqual([]);
    expect(plan).not.toHaveProperty('calico');
  });

  it('shows what is carried across for nftables to behave as ipvs did', async () => {
    const text = withLines('mode: ipvs', 'iptables:', '  masqueradeBit: 12', 'clusterCIDR: 10.0.0.0/8,fd00::/48');
    const lines = linesOf(await planOf(healthyValues({ proxyConfig: proxyConfig(text) })), CONFIG_MAP);
    expect(lines?.filter((line) => /^[-+]/.test(line))).toEqual([
      '-mode: ipvs',
      '+mode: nftables',
      expect.stringMatching(/^\+nftables:/),
      '+  masqueradeBit: 12',
      expect.stringMatching(/^\+nodePortAddresses:.*0\.0\.0\.0\/0.*::\/0/),
    ]);
  });

  it('throws the reason where the ConfigMap was never understood', async () => {
    const failure = new Failure('Invalid', 'config.conf is empty');
    const facts = healthyValues({ proxyConfig: { failure } });
    await expect(planOf(facts)).rejects.toBe(failure);
  });
});

describe('the plan for Calico by the operator', () => {
  const withOperator = (options: OperatorCalicoOptions) => planOf(healthyValues({ calico: operatorCalico(options) }));

  it.each([
    ['3.30', { version: 'v3.30.7' }, 'Enabled', false],
    [
      '3.30 that has a policy set-up timeout (calico#10348)',
      { version: 'v3.30.7', policySetupTimeoutSeconds: 0 },
      'Enabled',
      true,
    ],
    ['3.31', { version: 'v3.31.7' }, 'Enabled', false],
    ['3.31, whose operator takes the timeout', { version: 'v3.31.7', policySetupTimeoutSeconds: 1 }, 'Enabled', false],
    ['3.32', { version: 'v3.32.2' }, 'Auto', false],
    ['3.32, whose operator takes the timeout', { version: 'v3.32.2', policySetupTimeoutSeconds: 0 }, 'Auto', false],
    [
      '3.30 with a dataplane that nobody set',
      { version: 'v3.30.7', dataplane: null, policySetupTimeoutSeconds: null },
      'Enabled',
      false,
    ],
  ] as const)('waits for what this version writes: %s', async (_, options, to, clearPolicySetupTimeout) => {
    const plan = await withOperator(options);
    expect(plan.calico).toMatchObject({
      needed: true,
      install: 'operator',
      version: options.version,
      namespace: 'calico-system',
      dataplane: { from: 'Iptables', to: 'Nftables' },
      clearPolicySetupTimeout,
      nftablesMode: { from: 'Disabled', to },
      timeoutMs: 600_000,
    });
    const canary = to === 'Auto' ? [] : ['FelixConfiguration node.node-1'];
    expect(objectsOf(plan)).toEqual([CONFIG_MAP, '4 Pods kube-system/kube-proxy-*', ...canary, INSTALLATION]);
  });

  it.each([
    ['one field', { version: 'v3.31.7' }, ['-linuxDataplane: Iptables', '+linuxDataplane: Nftables']],
    [
      'a timeout that goes',
      { version: 'v3.30.7', policySetupTimeoutSeconds: 1 },
      ['-linuxDataplane: Iptables', '-linuxPolicySetupTimeoutSeconds: 1', '+linuxDataplane: Nftables'],
    ],
    [
      'a timeout that stays',
      { version: 'v3.32.2', policySetupTimeoutSeconds: 0 },
      ['-linuxDataplane: Iptables', '+linuxDataplane: Nftables', ' linuxPolicySetupTimeoutSeconds: 0'],
    ],
    ['a field that nobody set', { version: 'v3.31.7', dataplane: null }, ['+linuxDataplane: Nftables']],
  ] as const)('shows the approver %s', async (_, options, lines) => {
    expect(linesOf(await withOperator(options), INSTALLATION)).toEqual(lines);
  });

  it('finishes a cluster whose kube-proxy is done and whose Calico is not', async () => {
    const plan = await planOf(healthyValues({ ...allInNftables(), calico: operatorCalico({ version: 'v3.31.7' }) }));
    expect(plan.kubeProxy.needed).toBe(false);
    expect(plan.calico?.needed).toBe(true);
    expect(objectsOf(plan)).toEqual(['FelixConfiguration node.node-1', INSTALLATION]);
  });

  it('leaves an Installation alone that is on Nftables', async () => {
    const plan = await withOperator({
      version: 'v3.32.2',
      dataplane: 'Nftables',
      nftablesMode: 'Auto',
      policySetupTimeoutSeconds: 0,
    });
    expect(plan.calico).toMatchObject({
      needed: false,
      dataplane: { from: 'Nftables' },
      nftablesMode: { from: 'Auto', to: 'Auto' },
    });
    expect(objectsOf(plan)).not.toContain(INSTALLATION);
  });
});

describe('the plan for Calico by manifests', () => {
  it.each([
    ['3.30', { version: 'v3.30.7' }, 'Disabled', 'Enabled', ['+nftablesMode: Enabled']],
    ['3.31, unset', { version: 'v3.31.7' }, 'Disabled', 'Enabled', ['+nftablesMode: Enabled']],
    [
      '3.31, set',
      { version: 'v3.31.7', nftablesMode: 'Disabled' },
      'Disabled',
      'Enabled',
      ['-nftablesMode: Disabled', '+nftablesMode: Enabled'],
    ],
    ['3.31, done', { version: 'v3.31.7', nftablesMode: 'Enabled' }, 'Enabled', 'Enabled', undefined],
    ['3.32, unset: it follows kube-proxy by itself', { version: 'v3.32.2' }, 'Auto', 'Auto', undefined],
    [
      '3.32, held back',
      { version: 'v3.32.2', nftablesMode: 'Disabled' },
      'Disabled',
      'Auto',
      ['-nftablesMode: Disabled', '+nftablesMode: Auto'],
    ],
  ] as const)('sets what Felix of this version needs: %s', async (_, options, from, to, lines) => {
    const plan = await planOf(healthyValues({ calico: manifestCalico(options) }));
    expect(plan.calico).toMatchObject({
      needed: lines !== undefined,
      install: 'manifest',
      version: options.version,
      namespace: 'kube-system',
      clearPolicySetupTimeout: false,
      nftablesMode: { from, to },
      timeoutMs: 600_000,
    });
    expect(linesOf(plan, FELIX_CONFIGURATION)).toEqual(lines);
  });
});

it('a plan is data that crosses a wire without loss', async () => {
  const plan = await planOf(
    healthyValues({ calico: operatorCalico({ version: 'v3.30.7', policySetupTimeoutSeconds: 1 }) }),
  );
  expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
});

/** Clusters of 1 to 12 nodes in any mix of modes, with any Calico. Names count without leading zeros. */
const anyFacts: fc.Arbitrary<FactValues> = fc
  .record({
    nodes: fc.array(
      fc.record({
        controlPlane: fc.boolean(),
        schedulable: fc.boolean(),
        mode: fc.constantFrom('ipvs' as const, 'nftables' as const),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    kubernetesVersion: fc.constantFrom('v1.31.2', 'v1.33.0', 'v1.35.4'),
    text: fc.constantFrom(kubeadm, migratedText, withLines('mode: ipvs', 'ipvs:', '  scheduler: lc')),
    calico: fc.constantFrom<FactValues['calico']>(
      { value: undefined },
      operatorCalico({ version: 'v3.30.7', policySetupTimeoutSeconds: 1 }),
      operatorCalico({ version: 'v3.32.2' }),
      manifestCalico({ version: 'v3.31.7' }),
      manifestCalico({ version: 'v3.32.1' }),
    ),
  })
  .map(({ nodes, kubernetesVersion, text, calico }) => {
    const names = nodes.map((_, index) => `node-${index + 1}`);
    return healthyValues({
      nodes: nodes.map(({ controlPlane, schedulable }, index) =>
        node(names[index] ?? '', { controlPlane, schedulable }),
      ),
      proxies: nodes.map(({ mode }, index) => proof(names[index] ?? '', mode)),
      kubernetesVersion,
      proxyConfig: proxyConfig(text),
      calico,
    });
  });
const anyEntry: fc.Arbitrary<ClusterEntry> = fc
  .record({
    canaryNode: fc.constantFrom(undefined, 'node-1', 'node-7', 'gone'),
    maxUnavailable: fc.constantFrom<ClusterEntry['rollout']['maxUnavailable']>(1, 3, '10%', '50%'),
  })
  .map(({ canaryNode, maxUnavailable }) => clusterEntry({ maxUnavailable, ...(canaryNode ? { canaryNode } : {}) }));
const anyInput = fc.tuple(anyFacts, anyEntry);

/** The same data, every object's keys the other way round. */
function reversedKeys<T>(value: T): T;
function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => reversedKeys(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversedKeys(item)]));
}

type Path = readonly (string | number)[];

/** Where each string, number, boolean and empty list of some data is. */
function leaves(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, item]) => leaves(item, [...path, key]));
}

/** The same data with another value at a place. */
function altered(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) {
    if (typeof value === 'string') return `${value}x`;
    if (typeof value === 'number') return value + 1;
    return typeof value === 'boolean' ? !value : ['x'];
  }
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === key ? altered(item, rest) : item));
  return { ...Object(value), [key]: altered(Reflect.get(Object(value), key), rest) };
}

/** A pod of kube-proxy whose container started so many seconds after the pod was made. */
function proxyPod(node: string, seconds: number, restarts = 0): SystemPod {
  const second = `${seconds}`.padStart(2, '0');
  return {
    name: `kube-proxy-${node}`,
    namespace: 'kube-system',
    uid: `uid-${node}`,
    terminating: false,
    labels: { 'k8s-app': 'kube-proxy' },
    node,
    owner: { kind: 'DaemonSet', name: 'kube-proxy' },
    containers: [],
    createdAt: '2026-11-01T08:00:00Z',
    states: [
      {
        name: 'kube-proxy',
        ready: true,
        restarts,
        image: 'registry.k8s.io/kube-proxy:v1.35.4',
        running: true,
        startedAt: `2026-11-01T08:00:${second}Z`,
        trouble: undefined,
      },
    ],
    phase: 'Running',
    rejected: undefined,
  };
}

describe('the hash that an approval names', () => {
  it('is 64 hex digits', async () => {
    expect(planHashSchema.safeParse(hashPlan(await planOf(healthyValues()))).success).toBe(true);
  });

  it('covers windows, freezes and alerts, and holds no password', async () => {
    const alerts = {
      url: 'https://ada:s3cret@prometheus/',
      names: ['NodeNotReady'],
      onUnreachable: 'firing' as const,
      patienceMs: 1,
      timeoutMs: 1,
      tokenFile: '/s3cret',
    };
    const entry = {
      ...clusterEntry({ alerts }),
      windows: [{ start: '0 22 * * *', durationMs: 1, timeZone: 'UTC' }],
      freeze: [{ from: '2026-12-20', to: '2027-01-06', timeZone: 'UTC' }],
    };
    const plan = await planOf(healthyValues(), entry);
    const { windows, freeze } = entry;
    expect(plan).toMatchObject({ windows, freeze, alerts: { url: 'https://prometheus', names: ['NodeNotReady'] } });
    expect(JSON.stringify(plan)).not.toMatch(/s3cret|ada/);
    const others = [
      { ...entry, windows: [] },
      { ...entry, freeze: [{ from: '2026-12-20', to: '2027-01-07', timeZone: 'UTC' }] },
      { ...entry, rollout: clusterEntry({ alerts: { ...alerts, patienceMs: 2 } }).rollout },
    ];
    const hashes = await Promise.all(
      [entry, ...others].map(async (each) => hashPlan(await planOf(healthyValues(), each))),
    );
    expect(new Set(hashes).size).toBe(4);
  });

  it('stays good for the same facts, in whatever order keys, nodes and proofs come', async () => {
    const shuffled = anyFacts.chain((facts) =>
      fc.record({
        facts: fc.constant(facts),
        nodes: fc.shuffledSubarray(facts.nodes, { minLength: facts.nodes.length }),
        proxies: fc.shuffledSubarray(facts.proxies, { minLength: facts.proxies.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, anyEntry, async ({ facts, nodes, proxies }, entry) => {
        const again = await planOf(reversedKeys({ ...facts, nodes, proxies }), reversedKeys(entry));
        expect(hashPlan(again)).toBe(hashPlan(await planOf(facts, entry)));
      }),
    );
  });

  it('stays good on its way through JSON, as a plan travels from worker to worker', async () => {
    await fc.assert(
      fc.asyncProperty(anyInput, async (input) => {
        const plan = await planOf(...input);
        expect(hashPlan(planSchema.parse(reversedKeys(JSON.parse(JSON.stringify(plan)))))).toBe(hashPlan(plan));
      }),
    );
  });

  it('does not stay good for a plan that differs anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(anyInput, async (input) => {
        const plan = await planOf(...input);
        const paths = leaves(plan).filter(([key]) => key !== 'estimate');
        const hashes = paths.map((path) => hashPlan(altered(plan, path) as Plan));
        const same = paths.filter((_, index) => hashes[index] === hashPlan(plan));
        expect(same).toEqual([]);
        expect(new Set(hashes).size).toBe(hashes.length);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a node joins', { nodes: [...healthyValues().nodes, node('node-4')] }],
    [
      'a node changes its mode',
      {
        proxies: [proof('cp-1', 'ipvs'), proof('node-1', 'nftables'), proof('node-2', 'ipvs'), proof('node-3', 'ipvs')],
      },
    ],
    [
      'a node boots another kernel',
      { nodes: [node('cp-1', { controlPlane: true, kernel: '6.8.0-46-generic' }), ...workers(3)] },
    ],
    ['a comment is added to config.conf', { proxyConfig: proxyConfig(`# hands off\n${kubeadm}`) }],
    ['Kubernetes is upgraded', { kubernetesVersion: 'v1.35.5' }],
    ['Calico is upgraded', { calico: operatorCalico({ version: 'v3.31.8' }) }],
    ['Calico is switched', { calico: operatorCalico({ version: 'v3.31.7', dataplane: 'Nftables' }) }],
    [
      'Calico gets a timeout that must go',
      { calico: operatorCalico({ version: 'v3.31.7', policySetupTimeoutSeconds: 1 }) },
    ],
  ] satisfies [string, Partial<FactValues>][])('asks the approver again when %s', async (_, overrides) => {
    const facts = healthyValues({ calico: operatorCalico({ version: 'v3.31.7' }) });
    expect(hashPlan(await planOf(healthyValues({ calico: facts.calico, ...overrides })))).not.toBe(
      hashPlan(await planOf(facts)),
    );
  });

  it('does not ask again where only a log of Felix was rotated while the approval was awaited', async () => {
    const hashOf = async (felixLog: () => string[]) =>
      hashPlan(await planOf(healthyValues({ calico: operatorCalico({ version: 'v3.31.7', felixLog }) })));
    expect(await hashOf(() => [])).toBe(await hashOf(ipvsLog));
  });

  it('does not ask again where a pod of kube-proxy restarted, which moves only the estimate', async () => {
    const before = await planOf(healthyValues({ systemPods: [proxyPod('node-1', 4), proxyPod('node-2', 12)] }));
    const after = await planOf(healthyValues({ systemPods: [proxyPod('node-1', 4), proxyPod('node-2', 12, 1)] }));
    expect(after.estimate).not.toEqual(before.estimate);
    expect(hashPlan(after)).toBe(hashPlan(before));
  });

  it('does not ask again for a pod that was replaced, or a ConfigMap that was only touched', async () => {
    const facts = healthyValues();
    const proxies = facts.proxies.map((seen) => ({ ...seen, pod: 'kube-proxy-new', remark: 'restarted' }));
    const touched = proxyConfig(kubeadm);
    if ('value' in touched) touched.value.configMap.resourceVersion = '4712';
    expect(hashPlan(await planOf({ ...facts, proxies, proxyConfig: touched }))).toBe(hashPlan(await planOf(facts)));
  });
});
