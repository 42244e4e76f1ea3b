import { describe, expect, it } from 'vitest';
import { hashPlan } from '../../../src/checks/plan/hash-plan.ts';
import { makePlan } from '../../../src/checks/plan/make-plan.ts';
import { findingsOf, runChecks } from '../../../src/checks/run-checks.ts';
import { blockers } from '../../../src/model/finding.ts';
import { type Plan, planSchema } from '../../../src/model/plan.ts';
import { planMarkdown } from '../../../src/model/plan-markdown.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import {
  clusterEntry,
  type FactValues,
  factsOf,
  healthyValues,
  node,
  operatorCalico,
  proof,
  proxyConfig,
  workers,
} from '../support/facts.ts';

const zoned = (zone: string) => ({ labels: { 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': zone } });
const nodes = [
  node('cp-1', { controlPlane: true, ...zoned('a') }),
  node('node-1', zoned('a')),
  node('node-2', zoned('b')),
];
const names = nodes.map(({ name }) => name);

const inMode = (mode: 'ipvs' | 'iptables' | 'nftables'): Partial<FactValues> => ({
  proxyConfig: proxyConfig(kubeadm.replace('mode: ipvs', `mode: ${mode}`)),
  proxies: nodes.map(({ name }) => proof(name, mode)),
});

/** What an operator has installed, in this mode of kube-proxy; no Felix has seen kube-ipvs0 unless it is ipvs. */
const valuesOf = (version: string, mode: 'ipvs' | 'iptables' | 'nftables' = 'ipvs', log?: () => string[]) =>
  healthyValues({
    nodes,
    calico: operatorCalico({ version, nodes: names, ...(mode === 'ipvs' ? {} : { felixLog: log ?? (() => []) }) }),
    ...inMode(mode),
  });

async function ebpfPlan(values: FactValues): Promise<Plan> {
  const facts = factsOf(values);
  const findings = findingsOf(await runChecks(facts, { target: 'ebpf' }));
  return planSchema.parse(await makePlan({ entry: clusterEntry(), facts, target: 'ebpf', findings }));
}

describe('the plan for eBPF', () => {
  it('takes kube-proxy to iptables first, canary and waves as ever, and changes the mode alone', async () => {
    const { target, kubeProxy, calico, changes } = await ebpfPlan(valuesOf('v3.32.2'));
    expect(target).toBe('ebpf');
    expect(kubeProxy).toMatchObject({ needed: true, from: 'ipvs', to: 'iptables', canary: { node: 'node-1' } });
    expect(kubeProxy.waves).toEqual([['node-1'], ['node-2'], ['cp-1']]);
    expect(calico).toBeUndefined();
    const [configMap] = changes;
    expect(configMap?.diff.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      '-mode: ipvs',
      '+mode: iptables',
    ]);
  });

  it('names the nodes that people restart, group by group, and shows the patch with its undo', async () => {
    const { ebpf, changes } = await ebpfPlan(valuesOf('v3.32.2'));
    expect(ebpf).toMatchObject({
      needed: true,
      setup: 'operator',
      dataplane: { from: 'Iptables', to: 'BPF' },
      patch: { linuxDataplane: 'BPF', bpfNetworkBootstrap: 'Enabled', kubeProxyManagement: 'Enabled' },
      original: { nftablesMode: 'Disabled', useNftables: false },
      restarts: [
        { name: 'workers-a', nodes: ['node-1'] },
        { name: 'workers-b', nodes: ['node-2'] },
        { name: 'control-plane', nodes: ['cp-1'] },
      ],
    });
    const patch = changes.find(({ object }) => object === 'Installation default');
    expect(patch?.diff.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      '-linuxDataplane: Iptables',
      '+linuxDataplane: BPF',
      '+bpfNetworkBootstrap: Enabled',
      '+kubeProxyManagement: Enabled',
    ]);
    expect(patch?.undo).toContain('kubeProxyManagement stays Enabled until it runs again');
  });

  it('of an operator before 1.40 patches the dataplane alone; people do the rest', async () => {
    const { ebpf, changes } = await ebpfPlan(valuesOf('v3.30.4'));
    expect(ebpf).toMatchObject({ setup: 'by-hand', patch: { linuxDataplane: 'BPF' } });
    expect(ebpf?.patch).not.toHaveProperty('kubeProxyManagement');
    expect(changes.map(({ object }) => object)).toEqual([
      'ConfigMap kube-system/kube-proxy',
      '3 Pods kube-system/kube-proxy-*',
      '1 Node of group workers-a',
      '1 Node of group workers-b',
      '1 Node of group control-plane',
      'ConfigMap tigera-operator/kubernetes-services-endpoint',
      'Installation default',
      'DaemonSet kube-system/kube-proxy',
    ]);
  });

  it.each(['iptables', 'nftables'] as const)('leaves kube-proxy alone where it runs %s everywhere', async (mode) => {
    const { kubeProxy, ebpf } = await ebpfPlan(valuesOf('v3.32.2', mode));
    expect(kubeProxy).toMatchObject({ needed: false, from: mode, to: mode, waves: [] });
    expect(ebpf).toMatchObject({ needed: true, restarts: [] });
  });

  it('takes every node to iptables where some are in nftables', async () => {
    const values = valuesOf('v3.32.2');
    values.proxies = [proof('cp-1', 'ipvs'), proof('node-1', 'nftables'), proof('node-2', 'ipvs')];
    const { kubeProxy, ebpf } = await ebpfPlan(values);
    expect(kubeProxy).toMatchObject({ from: 'ipvs', to: 'iptables' });
    expect(kubeProxy.waves.flat().sort()).toEqual(names.toSorted());
    // kube-proxy in nftables mode has taken away what ipvs left.
    expect(ebpf?.restarts.flatMap((group) => group.nodes)).toEqual(['node-2', 'cp-1']);
  });

  it('asks for a restart where kube-proxy has left ipvs in an earlier run and its interface is still there', async () => {
    const { ebpf } = await ebpfPlan(valuesOf('v3.32.2', 'iptables', () => ipvsFelix));
    expect(ebpf?.restarts.flatMap((group) => group.nodes).sort()).toEqual(names.toSorted());
  });

  it('has nothing left to do where the dataplane is BPF, and no kube-proxy runs that could show a mode', async () => {
    const values = {
      ...valuesOf('v3.32.2', 'iptables'),
      calico: operatorCalico({ version: 'v3.32.2', dataplane: 'BPF', nodes: names }),
      proxies: names.map((name) => proof(name, 'unknown')),
    };
    const { ebpf, kubeProxy, changes } = await ebpfPlan(values);
    expect(ebpf).toMatchObject({ needed: false, restarts: [] });
    expect(kubeProxy).toMatchObject({ needed: false, waves: [] });
    expect(changes).toEqual([]);
  });

  it('covers restarts and patch with its hash', async () => {
    const plan = await ebpfPlan(valuesOf('v3.32.2'));
    const { ebpf } = plan;
    if (ebpf === undefined) throw new Error('no plan for eBPF');
    const others = [
      { ...plan, ebpf: { ...ebpf, restarts: ebpf.restarts.slice(1) } },
      { ...plan, ebpf: { ...ebpf, patch: { linuxDataplane: 'BPF' as const } } },
    ];
    expect(new Set([plan, ...others].map(hashPlan)).size).toBe(3);
  });

  it('says what people have to do, for a change ticket', async () => {
    const plan = await ebpfPlan(valuesOf('v3.32.2'));
    const text = planMarkdown(plan, hashPlan(plan));
    expect(text).toContain('to eBPF');
    expect(text).toContain('**Restart of nodes**: 3 nodes by a person, in 3 groups');
    expect(text).toContain('restart-nodes-control-plane');
    expect(plan.estimate?.basis).toContain('without the restart of 3 nodes by hand');
  });
});

/** A Felix that found kube-ipvs0 when it started. */
const ipvsFelix = [
  'Using internal (linux) dataplane driver.',
  'Kube-proxy in ipvs mode, enabling felix kube-proxy ipvs support.',
].map((message) => `2025-11-22 15:15:43.981 [INFO][65] felix/driver.go 85: ${message}`);

describe('checks for nftables', () => {
  it('do not block the way to eBPF', async () => {
    const values = healthyValues({
      kubernetesVersion: 'v1.30.9',
      nodes: workers(3, { kernel: '5.10.0-30-amd64', kubelet: 'v1.30.9' }),
      calico: operatorCalico({ version: 'v3.32.2', nodes: ['node-1', 'node-2', 'node-3'] }),
    });
    const found = async (target: 'nftables' | 'ebpf') =>
      blockers(findingsOf(await runChecks(factsOf(values), { target }))).map(({ code }) => code);
    expect(await found('nftables')).toEqual(expect.arrayContaining(['PXS002', 'PXS003']));
    expect(await found('ebpf')).toEqual([]);
  });
});
