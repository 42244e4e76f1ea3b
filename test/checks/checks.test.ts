import { describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/all.ts';
import { Failure } from '../../src/model/failure.ts';
import { blockers, findingSchema, type Severity } from '../../src/model/finding.ts';
import { withLines } from '../cluster/kube-proxy/config-texts.ts';
import {
  autoLog,
  daemonSet,
  type FactValues,
  findingsIn,
  healthyFacts,
  ipvsLog,
  logWithoutIpvs,
  manifestCalico,
  node,
  operatorCalico,
  proof,
  proxyConfig,
  proxyDaemonSet,
  tenAndTwoMore,
  workers,
} from './support/facts.ts';

type Failing = readonly [name: string, overrides: Partial<FactValues>, severity: Severity, message: RegExp];
type Passing = readonly [name: string, overrides: Partial<FactValues>];

const twelve = workers(12);
const proxiesIn = (...modes: Parameters<typeof proof>[1][]) =>
  modes.map((mode, index) => proof(`node-${index + 1}`, mode));
const withFlags = (...command: string[]) => ({ proxyDaemonSet: proxyDaemonSet({ container: { command } }) });
const withText = (...lines: string[]) => ({ proxyConfig: proxyConfig(withLines(...lines)) });
const calicoSets = (name: string, value?: string) => {
  const env = [{ name, ...(value === undefined ? {} : { value }) }];
  return {
    calico: operatorCalico({ version: 'v3.31.7', daemonSet: daemonSet({ name: 'calico-node', container: { env } }) }),
  };
};
const unreadable = new Failure('Invalid', 'config.conf is empty: no KubeProxyConfiguration in it', {
  object: 'ConfigMap kube-system/kube-proxy',
  hint: 'Look at it with: kubectl -n kube-system get configmap kube-proxy -o yaml',
});
const inNftables = (nodes = ['node-1', 'node-2']) => ({
  nodes: nodes.map((name) => node(name)),
  proxies: nodes.map((name) => proof(name, 'nftables')),
});

const { synced: _, ...logAlone } = proof('a', 'ipvs', { witnesses: ['log'] });

/** By code: what has to be found, and what must not be. */
const cases: Record<string, { failing: Failing[]; passing: Passing[] }> = {
  PXS002: {
    failing: [
      [
        'below 1.31',
        { kubernetesVersion: 'v1.30.14' },
        'blocker',
        /^Kubernetes v1\.30\.14 has no nftables mode .* 1\.31 is the first$/,
      ],
      [
        'of a platform, below 1.31',
        { kubernetesVersion: 'v1.29.8-eks-a737599' },
        'blocker',
        /^Kubernetes v1\.29\.8-eks-a737599 has no/,
      ],
      [
        '1.31, in beta',
        { kubernetesVersion: 'v1.31.0' },
        'warning',
        /beta in Kubernetes v1\.31\.0; it is GA from 1\.33$/,
      ],
      ['1.32, in beta', { kubernetesVersion: 'v1.32.10+k3s1' }, 'warning', /beta in Kubernetes v1\.32\.10\+k3s1/],
      [
        'that is none',
        { kubernetesVersion: 'unknown' },
        'blocker',
        /^The API server's version "unknown" cannot be read$/,
      ],
    ],
    passing: [
      ['1.33, the first in GA', { kubernetesVersion: 'v1.33.0' }],
      ['of a platform', { kubernetesVersion: 'v1.34.1-gke.1000' }],
    ],
  },
  PXS003: {
    failing: [
      [
        'one old node',
        { nodes: [node('a'), node('b', { kernel: '5.12.19-amd64' })] },
        'blocker',
        /needs kernel 5\.13 or newer; older: b \(5\.12\.19-amd64\)$/,
      ],
      [
        'RHEL 8',
        { nodes: [node('a', { kernel: '4.18.0-553.el8_10.x86_64' })] },
        'blocker',
        /older: a \(4\.18\.0-553\.el8_10\.x86_64\)$/,
      ],
      ['a kernel that cannot be read', { nodes: [node('a', { kernel: '' })] }, 'blocker', /older: a \(\)$/],
      [
        'twelve, cut after ten',
        { nodes: workers(12, { kernel: '5.4.0' }) },
        'blocker',
        /older: (?:node-\d+ \(5\.4\.0\), ){9}node-10 \(5\.4\.0\) and 2 more$/,
      ],
    ],
    passing: [
      ['5.13 itself', { nodes: [node('a', { kernel: '5.13.0-19-generic' })] }],
      ['RHEL 9', { nodes: [node('a', { kernel: '5.14.0-427.el9.x86_64' })] }],
    ],
  },
  PXS004: {
    failing: [
      ['no node', { nodes: [] }, 'blocker', /^The cluster has no Linux node$/],
      ['one that does not answer', { nodes: [node('a'), node('b', { ready: false })] }, 'blocker', /^Not Ready: b$/],
      [
        'twelve, cut after ten',
        { nodes: workers(12, { ready: false }) },
        'blocker',
        new RegExp(`^Not Ready: ${tenAndTwoMore}$`),
      ],
    ],
    passing: [['a cordoned node', { nodes: [node('a', { schedulable: false })] }]],
  },
  PXS005: {
    failing: [
      [
        'more than a report can hold',
        { nodes: workers(5_001) },
        'blocker',
        /^The cluster has 5001 Linux nodes; this version takes at most 5000$/,
      ],
    ],
    passing: [['the largest there may be', { nodes: workers(5_000) }]],
  },
  PXS010: {
    failing: [
      [
        'none',
        { proxyDaemonSet: undefined },
        'blocker',
        /^DaemonSet kube-system\/kube-proxy does not exist: kube-proxy is run by something else/,
      ],
      [
        'not rolled out',
        { proxyDaemonSet: proxyDaemonSet({ status: { updatedNumberScheduled: 1 } }) },
        'blocker',
        /^DaemonSet kube-system\/kube-proxy is not healthy: 3 of 4 pods are not of its current template/,
      ],
    ],
    passing: [],
  },
  PXS011: {
    failing: [['not readable', { proxyConfig: { failure: unreadable } }, 'blocker', /^config\.conf is empty/]],
    passing: [],
  },
  PXS012: {
    failing: [
      [
        'unknown, and why',
        { proxies: [proof('a', 'ipvs'), proof('b', 'unknown', { remark: 'has no kube-proxy pod' })] },
        'blocker',
        /^The mode of kube-proxy is unknown on b \(has no kube-proxy pod\)$/,
      ],
      [
        'iptables',
        { proxies: proxiesIn('ipvs', 'iptables') },
        'blocker',
        /^kube-proxy runs iptables, not ipvs, on node-2$/,
      ],
      [
        'not synced',
        { proxies: [proof('a', 'nftables', { synced: false })] },
        'blocker',
        /^kube-proxy has not finished its first sync on a$/,
      ],
      [
        'twelve, cut after ten',
        { proxies: twelve.map(({ name }) => proof(name, 'unknown')) },
        'blocker',
        new RegExp(`unknown on ${tenAndTwoMore}$`),
      ],
    ],
    passing: [
      ['the log alone, without a look at the sync', { proxies: [logAlone] }],
      ['all in nftables', { proxies: proxiesIn('nftables', 'nftables') }],
    ],
  },
  PXS013: {
    failing: [
      [
        'no --config',
        withFlags('kube-proxy', '--kubeconfig=/etc/kube-proxy.conf'),
        'blocker',
        /does not use --config: its ConfigMap does not decide the mode$/,
      ],
      [
        'a flag beside --config, which does not count',
        withFlags('kube-proxy', '--config=/c', '--proxy-mode=ipvs'),
        'note',
        /^DaemonSet kube-system\/kube-proxy sets --proxy-mode, which kube-proxy ignores beside --config/,
      ],
      [
        'several, with values of their own',
        withFlags('kube-proxy', '--config', '/c', '--masquerade-all', '--nodeport_addresses', 'primary'),
        'note',
        /sets --masquerade-all, --nodeport-addresses, which kube-proxy ignores/,
      ],
      [
        'a flag among args, once for all',
        { proxyDaemonSet: proxyDaemonSet({ container: { args: ['--iptables-masquerade-bit=12'] } }) },
        'note',
        /sets --iptables-masquerade-bit, which/,
      ],
      [
        'one that ends kube-proxy',
        withFlags('kube-proxy', '--config=/c', '--cleanup'),
        'blocker',
        /^DaemonSet kube-system\/kube-proxy sets --cleanup, with which kube-proxy exits/,
      ],
      [
        'another container',
        { proxyDaemonSet: proxyDaemonSet({ container: { name: 'proxy' } }) },
        'blocker',
        /has no container kube-proxy$/,
      ],
    ],
    passing: [
      ['no DaemonSet, which PXS010 tells', { proxyDaemonSet: undefined }],
      ['--config and its value as two words', withFlags('kube-proxy', '--config', '/var/lib/kube-proxy/config.conf')],
      ['flags that count beside --config', withFlags('kube-proxy', '--config=/c', '--v=2', '--logging-format=json')],
      ['one that is off', withFlags('kube-proxy', '--config=/c', '--init-only=false')],
      [
        'a line for a shell',
        withFlags('/bin/sh', '-c', 'exec kube-proxy --config=/c --hostname-override=$(NODE_NAME)'),
      ],
      [
        '--config among args',
        { proxyDaemonSet: proxyDaemonSet({ container: { command: ['kube-proxy'], args: ['--config=/c'] } }) },
      ],
    ],
  },
  PXS014: {
    failing: [
      [
        'virtual servers of others',
        withText('mode: ipvs', 'ipvs:', '  excludeCIDRs: [192.0.2.0/24, 198.51.100.0/24]'),
        'blocker',
        /^ipvs\.excludeCIDRs \(192\.0\.2\.0\/24, 198\.51\.100\.0\/24\) protects IPVS entries of others/,
      ],
    ],
    passing: [['an empty list', withText('mode: ipvs', 'ipvs:', '  excludeCIDRs: []')]],
  },
  PXS015: {
    failing: [
      [
        'least connections',
        withText('mode: ipvs', 'ipvs:', '  scheduler: lc'),
        'warning',
        /^ipvs\.scheduler is lc; nftables spreads connections at random/,
      ],
    ],
    passing: [['round robin, the default', withText('mode: ipvs', 'ipvs:', '  scheduler: rr')]],
  },
  PXS016: {
    failing: [
      [
        'a run that was stopped in the middle',
        { proxies: proxiesIn('ipvs', 'nftables', 'ipvs') },
        'warning',
        /^1 of 3 nodes already run nftables: .* a rollback returns to this state$/,
      ],
    ],
    passing: [['all in nftables', { proxies: proxiesIn('nftables', 'nftables') }]],
  },
  PXS017: {
    failing: [
      [
        'port-forward refused on one node',
        { proxies: [logAlone, proof('b', 'ipvs')] },
        'warning',
        /^Port-forward is refused on a: the log line is the only proof there/,
      ],
      [
        'on twelve, cut after ten',
        { proxies: twelve.map(({ name }) => ({ ...logAlone, node: name })) },
        'warning',
        new RegExp(`^Port-forward is refused on ${tenAndTwoMore}: `),
      ],
    ],
    passing: [['a node that PXS012 tells of', { proxies: [{ ...logAlone, mode: 'unknown', witnesses: [] }] }]],
  },
  PXS020: {
    failing: [
      [
        'installed twice',
        {
          calico: {
            failure: new Failure('Blocked', 'Calico is installed twice, by the operator and by manifests', {
              hint: 'Finish that move first.',
            }),
          },
        },
        'blocker',
        /^Calico is installed twice/,
      ],
    ],
    passing: [['no Calico at all', { calico: { value: undefined } }]],
  },
  PXS021: {
    failing: [
      [
        '3.29',
        { calico: operatorCalico({ version: 'v3.29.7' }) },
        'blocker',
        /^Calico v3\.29\.7 is too old: nftables needs 3\.30 or newer here$/,
      ],
      [
        '3.31 below its fixes',
        { calico: manifestCalico({ version: 'v3.31.6' }) },
        'warning',
        /^Calico v3\.31\.6 has known problems in nftables mode: calico#13441/,
      ],
      [
        '3.32 below its fixes',
        { calico: operatorCalico({ version: 'v3.32.1' }) },
        'warning',
        /^Calico v3\.32\.1 has known problems in nftables mode: calico#13441/,
      ],
    ],
    passing: [
      ['3.31 with its fixes', { calico: operatorCalico({ version: 'v3.31.7' }) }],
      ['3.32 with its fixes', { calico: manifestCalico({ version: 'v3.32.2' }) }],
    ],
  },
  PXS022: {
    failing: [
      [
        'of the operator',
        {
          calico: operatorCalico({
            version: 'v3.31.7',
            daemonSet: daemonSet({ name: 'calico-node', status: { numberReady: 3 } }),
          }),
        },
        'blocker',
        /^DaemonSet calico-system\/calico-node is not healthy: 1 of 4 pods are not ready$/,
      ],
      [
        'of manifests',
        {
          calico: manifestCalico({
            version: 'v3.31.7',
            daemonSet: daemonSet({ name: 'calico-node', status: { numberReady: 0 } }),
          }),
        },
        'blocker',
        /^DaemonSet kube-system\/calico-node is not healthy: 4 of 4/,
      ],
    ],
    passing: [],
  },
  PXS023: {
    failing: [
      [
        'not settled',
        {
          calico: operatorCalico({
            version: 'v3.31.7',
            operator: { settled: false, why: 'TigeraStatus calico does not exist' },
          }),
        },
        'blocker',
        /^TigeraStatus calico does not exist$/,
      ],
    ],
    passing: [['no operator', { calico: manifestCalico({ version: 'v3.31.7' }) }]],
  },
  PXS024: {
    failing: (['BPF', 'VPP'] as const).map(
      (dataplane) =>
        [
          dataplane,
          { calico: operatorCalico({ version: 'v3.31.7', dataplane }) },
          'blocker',
          new RegExp(`^linuxDataplane is ${dataplane}: proxyshift moves Iptables to Nftables$`),
        ] as const,
    ),
    passing: [
      ['Nftables already', { calico: operatorCalico({ version: 'v3.31.7', dataplane: 'Nftables' }) }],
      ['not set, which means Iptables', { calico: operatorCalico({ version: 'v3.31.7', dataplane: null }) }],
      ['manifests, which have none', { calico: manifestCalico({ version: 'v3.31.7' }) }],
    ],
  },
  PXS025: {
    failing: [
      [
        'its mode',
        calicoSets('FELIX_NFTABLESMODE', 'Disabled'),
        'blocker',
        /^DaemonSet calico-system\/calico-node sets FELIX_NFTABLESMODE=Disabled, which overrides FelixConfiguration$/,
      ],
      ['its mode, from elsewhere', calicoSets('FELIX_NFTABLESMODE'), 'blocker', /sets FELIX_NFTABLESMODE=\?, which/],
      [
        'its iptables backend',
        calicoSets('FELIX_IPTABLESBACKEND', 'NFT'),
        'warning',
        /sets FELIX_IPTABLESBACKEND=NFT, which/,
      ],
    ],
    passing: [['other variables', calicoSets('FELIX_HEALTHENABLED', 'true')]],
  },
  PXS026: {
    failing: [
      [
        'one log without the line',
        {
          calico: operatorCalico({
            version: 'v3.31.7',
            felixLog: (name) => (name === 'node-2' ? logWithoutIpvs('Disabled') : ipvsLog()),
          }),
        },
        'note',
        /^The log of Felix does not show its support for ipvs on node-2: it was rotated, or/,
      ],
      [
        'twelve logs that say nothing, cut after ten',
        {
          nodes: twelve,
          proxies: twelve.map(({ name }) => proof(name, 'ipvs')),
          calico: operatorCalico({ version: 'v3.31.7', nodes: twelve.map(({ name }) => name), felixLog: () => [] }),
        },
        'note',
        new RegExp(`support for ipvs on ${tenAndTwoMore}: `),
      ],
    ],
    passing: [
      [
        'nodes that left ipvs already',
        {
          ...inNftables(),
          calico: operatorCalico({
            version: 'v3.31.7',
            nodes: ['node-1', 'node-2'],
            felixLog: () => logWithoutIpvs('Disabled'),
          }),
        },
      ],
    ],
  },
  PXS027: {
    failing: [
      [
        'one Felix 3.31 in iptables',
        {
          ...inNftables(),
          calico: operatorCalico({
            version: 'v3.31.7',
            dataplane: 'Nftables',
            nodes: ['node-1', 'node-2'],
            felixLog: (name) => logWithoutIpvs(name === 'node-2' ? 'Disabled' : 'Enabled'),
          }),
        },
        'blocker',
        /^Calico is set to nftables, but Felix does not follow on node-2 \(Felix has NFTablesMode Disabled \(from .*\), not Enabled\)$/,
      ],
      [
        'one Felix 3.32 that decided for iptables',
        {
          ...inNftables(),
          calico: manifestCalico({
            version: 'v3.32.2',
            nodes: ['node-1', 'node-2'],
            felixLog: (name) => autoLog(name !== 'node-1'),
          }),
        },
        'blocker',
        /does not follow on node-1 \(Felix programs iptables, not nftables\)$/,
      ],
      [
        'twelve logs that rotated, cut after ten: not a Felix that does not follow',
        {
          ...inNftables(twelve.map(({ name }) => name)),
          calico: operatorCalico({
            version: 'v3.31.7',
            dataplane: 'Nftables',
            nodes: twelve.map(({ name }) => name),
            felixLog: () => [],
          }),
        },
        'note',
        new RegExp(`does not say so any more on ${tenAndTwoMore} \\(its log does not show the start of Felix`),
      ],
    ],
    passing: [
      [
        'all follow',
        {
          ...inNftables(),
          calico: operatorCalico({
            version: 'v3.32.2',
            dataplane: 'Nftables',
            nodes: ['node-1', 'node-2'],
            felixLog: () => autoLog(true),
          }),
        },
      ],
      ['kube-proxy is still on its way', { calico: operatorCalico({ version: 'v3.31.7', dataplane: 'Nftables' }) }],
      [
        'Calico is still to be switched',
        { ...inNftables(), calico: operatorCalico({ version: 'v3.31.7', nodes: ['node-1', 'node-2'] }) },
      ],
    ],
  },
};

describe('runChecks', () => {
  it.each([
    ['without Calico', {}],
    ['with operator Calico 3.31', { calico: operatorCalico({ version: 'v3.31.7' }) }],
    ['with operator Calico 3.32', { calico: operatorCalico({ version: 'v3.32.2' }) }],
    ['with manifest Calico', { calico: manifestCalico({ version: 'v3.31.7' }) }],
  ] satisfies Passing[])('has nothing to say against a healthy cluster %s', async (_, overrides) => {
    expect(await findingsIn(healthyFacts(overrides))).toEqual([]);
  });

  it('names all that is wrong at once, in the order of the checks', async () => {
    const findings = await findingsIn(
      healthyFacts({
        nodes: workers(2, { ready: false, kernel: '4.18.0', kubelet: 'v1.32.0' }),
        proxyDaemonSet: undefined,
        kubernetesVersion: 'v1.32.0',
      }),
    );
    expect(findings.map(({ code }) => code)).toEqual(['PXS002', 'PXS003', 'PXS004', 'PXS010', 'PXS056']);
    expect(blockers(findings)).toHaveLength(3);
  });

  it('names every object of a finding, also those that its sentence cuts', async () => {
    const [found] = (await findingsIn(healthyFacts({ nodes: workers(12, { ready: false }) }))).filter(
      ({ code }) => code === 'PXS004',
    );
    expect(found?.objects).toEqual(twelve.map(({ name }) => `Node ${name}`));
  });

  it('passes on what the failure of a part says to do', async () => {
    const [found] = await findingsIn(healthyFacts({ proxyConfig: { failure: unreadable } }));
    expect(found).toMatchObject({
      objects: ['ConfigMap kube-system/kube-proxy'],
      fix: expect.stringMatching(/kubectl/),
    });
  });
});

describe.each(checks.filter(({ code }) => code in cases))('$code $title', ({ code, run }) => {
  const { failing, passing } = cases[code] ?? { failing: [], passing: [] };
  it.each(failing)('would be missed: %s', async (_, overrides, severity, message) => {
    const { findings } = await run(healthyFacts(overrides), 'nftables');
    expect(findings).toEqual([expect.objectContaining({ code, severity, message: expect.stringMatching(message) })]);
    for (const finding of findings) expect(findingSchema.parse(finding)).toEqual(finding);
  });

  it.each([['a healthy cluster', {}] as const, ...passing])(
    'would stop a run for nothing: %s',
    async (_, overrides) => {
      expect((await run(healthyFacts(overrides), 'nftables')).findings).toEqual([]);
    },
  );
});

it('each kind of trouble with modes is told apart', async () => {
  const proxies = [proof('a', 'unknown'), proof('b', 'iptables'), proof('c', 'ipvs', { synced: false })];
  expect((await findingsIn(healthyFacts({ proxies }))).map(({ objects }) => objects)).toEqual([
    ['Node a'],
    ['Node b'],
    ['Node c'],
  ]);
});

it.each([
  [10, /^Not Ready: node-1, .*, node-10$/],
  [11, /, node-10 and 1 more$/],
])('of %i nodes ten are named', async (count, message) => {
  const [found] = await findingsIn(healthyFacts({ nodes: workers(count, { ready: false }) }));
  expect(found?.message).toMatch(message);
});
