import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { probeChecks } from '../../../src/checks/probe/checks.ts';
import { checkedCodes, runChecks } from '../../../src/checks/run-checks.ts';
import type { PlainObject } from '../../../src/cluster/objects.ts';
import { probePermissions } from '../../../src/cluster/permissions.ts';
import { parseService } from '../../../src/cluster/services.ts';
import type { ProbePlan } from '../../../src/model/probe-plan.ts';
import { healthyFacts } from '../support/facts.ts';
import { expectActionable, said } from '../support/results.ts';

const wanted: ProbePlan = {
  image: 'registry.example.com/proxyshift:0.1.0',
  paths: ['cluster-ip', 'held', 'udp', 'dns'],
  everyMs: 100,
  timeoutMs: 900,
  baselineMs: 60_000,
  limits: {},
};
const there: PlainObject = { metadata: { name: 'proxyshift-probe' } };
const kubeDns = parseService({
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.10', 'fd00::a'] },
});

/** A cluster that has all that a probe needs, and an entry of clusters.yaml that asks for one. */
function ready({
  probe = {},
  objects = {},
  change = {},
}: {
  probe?: Partial<ProbePlan>;
  objects?: Record<string, PlainObject>;
  change?: Partial<ClusterFacts>;
} = {}): ClusterFacts {
  const facts = healthyFacts({ objects: { 'Namespace proxyshift-probe': there, ...objects } });
  const object: ClusterFacts['object'] = async (ref) =>
    // The one of the support stands for the Tigera operator.
    ref.namespace === 'proxyshift-probe'
      ? objects[`${ref.kind} ${ref.namespace}/${ref.name}`]
      : await facts.object(ref);
  return { ...facts, object, services: async () => [kubeDns], probe: { ...wanted, ...probe }, ...change };
}

async function found(facts: ClusterFacts) {
  const results = await runChecks(facts, { only: ['probe'] });
  for (const result of results) expectActionable(result);
  return results.flatMap((result) => said(result).map((text) => `${result.code} ${text}`));
}

const seen = async (code: string, facts: ClusterFacts) =>
  (await runChecks(facts, { only: ['probe'] })).find((result) => result.code === code)?.saw;

describe('the checks of a probe', () => {
  it('are not made where clusters.yaml asks for none', async () => {
    expect(await runChecks(healthyFacts(), { only: ['probe'] })).toEqual([]);
  });

  it('are made for either target, and find nothing where all is there', async () => {
    expect(await found(ready())).toEqual([]);
    for (const target of ['nftables', 'ebpf'] as const)
      expect(await runChecks(ready(), { only: ['probe'], target })).toHaveLength(probeChecks.length);
  });

  it('without which nothing could be installed, or a path would be missing, cannot be set aside', () => {
    for (const code of ['PXS100', 'PXS103']) expect(() => checkedCodes([code])).toThrow('cannot be ignored');
    expect(checkedCodes(['PXS101', 'PXS102', 'PXS104'])).toHaveLength(3);
  });
});

describe('its namespace', () => {
  it('has to be there: a run does not make it', async () => {
    const facts = ready();
    expect(await found({ ...facts, object: async () => undefined })).toEqual([
      'PXS100 blocker: The probe cannot be installed: Namespace proxyshift-probe does not exist',
    ]);
  });

  it('is of no use while it is being deleted', async () => {
    const going = { metadata: { ...there.metadata, deletionTimestamp: '2026-12-01T00:00:00Z' } };
    expect(await found(ready({ objects: { 'Namespace proxyshift-probe': going } }))).toEqual([
      'PXS100 blocker: The probe cannot be installed: Namespace proxyshift-probe is being deleted',
    ]);
  });

  it('is of no use without the role, which is named, and nothing is asked of admission then', async () => {
    const missing: ClusterFacts['missing'] = async (permissions) =>
      permissions.filter(({ resource, verb }) => resource === 'daemonsets' && verb === 'create');
    const probeRefusal = async () => {
      throw new Error('it was asked for');
    };
    const facts = ready({ change: { missing, probeRefusal } });
    expect(await found(facts)).toEqual([
      'PXS100 blocker: The probe cannot be installed. Not permitted: create daemonsets.apps in proxyshift-probe',
    ]);
    expect(await seen('PXS100', facts)).toBe(
      `${probePermissions.length - 1} of ${probePermissions.length} permissions`,
    );
    const [namespace] = await runChecks(facts, { only: ['probe'] });
    expect(namespace?.findings[0]?.command).toBe(
      'kubectl apply -f deploy/rbac.yaml -l proxyshift.dev/needed-for=probe',
    );
  });
});

describe('admission', () => {
  it('has to let it in, and is quoted where it does not', async () => {
    const probeRefusal = async () => 'violates PodSecurity "restricted:latest"';
    expect(await found(ready({ change: { probeRefusal } }))).toEqual([
      'PXS101 blocker: The API server does not let the probe in (violates PodSecurity "restricted:latest")',
    ]);
  });
});

describe('what another run has left', () => {
  it('is told of, with its run and how to take it away', async () => {
    const labels = { 'proxyshift.dev/run': '0198-older' };
    const objects = {
      'DaemonSet proxyshift-probe/proxyshift-probe': { metadata: { ...there.metadata, labels } },
      'Service proxyshift-probe/proxyshift-probe': { metadata: { ...there.metadata, labels } },
    };
    expect(await found(ready({ objects }))).toEqual([
      'PXS102 warning: A probe of run 0198-older is there (DaemonSet proxyshift-probe/proxyshift-probe, Service proxyshift-probe/proxyshift-probe): it is replaced',
    ]);
  });

  it('is told of where it does not say whose it is', async () => {
    const backend = { metadata: { name: 'proxyshift-probe-backend' } };
    expect(
      await found(ready({ objects: { 'Deployment proxyshift-probe/proxyshift-probe-backend': backend } })),
    ).toEqual([
      expect.stringMatching(/^PXS102 warning: A probe of a run that it does not name is there \(Deployment /),
    ]);
  });
});

describe('whom path dns asks', () => {
  it('is the cluster IP of kube-dns, or who is named in clusters.yaml', async () => {
    expect(await seen('PXS103', ready())).toBe('10.96.0.10');
    expect(await seen('PXS103', ready({ probe: { dnsServer: '169.254.20.10' } }))).toBe('169.254.20.10');
  });

  it.each([
    ['there is no kube-dns', []],
    ['it is headless', [{ ...kubeDns, clusterIPs: [] }]],
    ['it is in another namespace', [{ ...kubeDns, namespace: 'shop' }]],
  ])('is not known where %s: the run is blocked, and no path is dropped', async (_, services) => {
    const change = { services: async () => services };
    expect(await found(ready({ change }))).toEqual([
      'PXS103 blocker: Path dns of the probe has nobody to ask: there is no Service kube-system/kube-dns with a cluster IP',
    ]);
    expect(await found(ready({ change, probe: { paths: ['cluster-ip'] } }))).toEqual([]);
    expect(await found(ready({ change, probe: { dnsServer: '10.0.0.53' } }))).toEqual([]);
  });
});

describe('a baseline', () => {
  const limits = { longestGapMs: 5_000 };

  it.each([
    ['99 attempts, with a limit', { baselineMs: 9_999, limits }, true],
    ['99 attempts, with a limit of none', { baselineMs: 9_999, limits: { lostConnections: 0 } }, true],
    ['100 attempts, with a limit', { baselineMs: 10_000, limits }, false],
    ['few attempts, without limits', { baselineMs: 1_000 }, false],
  ])('of %s', async (_, probe, warned) => {
    expect(await found(ready({ probe }))).toEqual(
      warned
        ? [
            "PXS104 warning: The baseline has 99 attempts on each path in 10 s: what goes wrong here now and then would be taken for the run's, and judged by its limits",
          ]
        : [],
    );
  });
});
