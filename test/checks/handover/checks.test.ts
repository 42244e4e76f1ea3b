import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../src/checks/facts.ts';
import { handoverChecks } from '../../../src/checks/handover/checks.ts';
import { whyRestart } from '../../../src/checks/handover/why-restart.ts';
import { findingsOf, runChecks } from '../../../src/checks/run-checks.ts';
import { parseDaemonSet } from '../../../src/cluster/daemon-sets.ts';
import { parseService } from '../../../src/cluster/services.ts';
import { kubeadm } from '../../cluster/kube-proxy/config-texts.ts';
import {
  daemonSet,
  type FactValues,
  healthyFacts,
  manifestCalico,
  operatorCalico,
  proof,
  proxyConfig,
  proxyDaemonSet,
} from '../support/facts.ts';
import { expectActionable, said } from '../support/results.ts';

const image = 'registry.k8s.io/kube-proxy:v1.35.4';
const ready = (values: Partial<FactValues> = {}, change: Partial<ClusterFacts> = {}): ClusterFacts => ({
  ...healthyFacts({ proxyDaemonSet: proxyDaemonSet({ container: { image } }), ...values }),
  handover: 'make-before-break',
  ...change,
});

async function found(facts: ClusterFacts, target: 'nftables' | 'ebpf' = 'nftables') {
  const results = await runChecks(facts, { only: ['handover'], target });
  for (const result of results) expectActionable(result);
  return results.flatMap((result) => said(result).map((text) => `${result.code} ${text}`));
}

describe('hand-over make-before-break', () => {
  it('is not asked about where clusters.yaml does not ask for it', async () => {
    expect(await runChecks(healthyFacts(), { only: ['handover'] })).toEqual([]);
  });

  it('finds nothing in the way on a healthy cluster', async () => {
    expect(await found(ready())).toEqual([]);
    expect(await runChecks(ready(), { only: ['handover'] })).toHaveLength(handoverChecks.length);
  });

  it.each([
    [
      'v1.33.9',
      [
        'PXS090 warning: kube-proxy v1.33.9 flushes IPVS whenever it starts in nftables mode: nodes are handed over by restart',
      ],
    ],
    ['v1.34.0', []],
  ])('of kube-proxy %s', async (tag, findings) => {
    const container = { image: `registry.k8s.io/kube-proxy:${tag}` };
    expect(await found(ready({ proxyDaemonSet: proxyDaemonSet({ container }) }))).toEqual(findings);
  });

  it('needs a template with --config', async () => {
    const container = { image, command: ['kube-proxy'] };
    expect(await found(ready({ proxyDaemonSet: proxyDaemonSet({ container }) }))).toEqual([
      expect.stringMatching(/^PXS091 warning: DaemonSet kube-system\/kube-proxy does not name its configuration/),
    ]);
  });

  it('needs kube-proxy to be in the network of its nodes', async () => {
    const own = structuredClone(proxyDaemonSet({ container: { image } }));
    own.spec.template.spec.hostNetwork = false;
    expect(await found(ready({ proxyDaemonSet: own }))).toEqual([
      expect.stringMatching(/^PXS091 .*network of its nodes/),
    ]);
  });

  it.each([
    ['in the network of the nodes', true, { containerPort: 20249 }],
    ['by a port of the node', false, { containerPort: 80, hostPort: 20256 }],
  ])('needs its ports free of what listens there %s', async (_, hostNetwork, port) => {
    const ours = proxyDaemonSet({ container: { image } });
    const exporter = structuredClone(daemonSet({ name: 'exporter' }));
    exporter.spec.template.spec.hostNetwork = hostNetwork;
    Object.assign(exporter.spec.template.spec.containers[0] ?? {}, { ports: [port] });
    const facts = ready({}, { daemonSets: async () => [ours, parseDaemonSet(exporter)] });
    expect(await found(facts)).toEqual([
      expect.stringMatching(/^PXS092 warning: Taken: 202(49|56|50|57) \(DaemonSet kube-system\/exporter\)/),
    ]);
  });

  it("needs its ports to be others than kube-proxy's own", async () => {
    const config = proxyConfig(kubeadm.replace('metricsBindAddress: ""', 'metricsBindAddress: 0.0.0.0:20249'));
    expect(await found(ready({ proxyConfig: config }))).toEqual([
      expect.stringMatching(/^PXS092 .*ConfigMap kube-system\/kube-proxy/),
    ]);
  });

  it('needs the permission to create pods, and names the role', async () => {
    const facts = ready({}, { missing: async (permissions) => [...permissions] });
    expect(await found(facts)).toEqual([
      expect.stringMatching(/^PXS093 warning: Not permitted: create pods in kube-system/),
      expect.stringMatching(/^PXS097 note: Not permitted: list pods: which nodes are full is seen when/),
    ]);
  });

  it('says beforehand which nodes have no room for it, and why; they alone are restarted', async () => {
    const nothing = { cpu: 0, memory: 0, 'ephemeral-storage': 0, pods: 0 };
    const taken = new Map([
      ['node-1', { ...nothing, cpu: 7_996, pods: 109_000 }],
      ['node-2', { ...nothing, cpu: 7_995, pods: 109_000 }],
      ['node-3', { ...nothing, pods: 110_000 }],
    ]);
    const facts = ready({}, { podRequests: async () => taken });
    const [told, ...others] = await found(facts);
    expect(told).toBe(
      'PXS097 note: No room for a stand-by on node-1 (cpu), node-3 (pods): they are handed over by restart, unless there is room by then',
    );
    expect(others).toEqual([]);
    expect(whyRestart(findingsOf(await runChecks(facts, { only: ['handover'] })))).toBeUndefined();
  });

  it('needs admission to let it in, and quotes what refuses it', async () => {
    const facts = ready({}, { standbyRefusal: async () => 'violates PodSecurity "baseline:latest"' });
    expect(await found(facts)).toEqual([
      expect.stringContaining(
        'PXS093 warning: The API server does not let a stand-by in (violates PodSecurity "baseline:latest")',
      ),
    ]);
  });

  it('is not made with a Felix that would follow the stand-by', async () => {
    expect(await found(ready({ calico: operatorCalico({ version: 'v3.32.0' }) }))).toEqual([
      expect.stringMatching(/^PXS094 warning: Felix of Calico v3\.32\.0/),
    ]);
    expect(await found(ready({ calico: operatorCalico({ version: 'v3.31.7' }) }))).toEqual([]);
    expect(await found(ready({ calico: manifestCalico({ version: 'v3.31.7' }) }))).toEqual([]);
  });

  it('is not made where a load balancer asks kube-proxy for the health of a Service', async () => {
    const service = parseService({
      metadata: { name: 'web', namespace: 'shop' },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.7'], externalTrafficPolicy: 'Local' },
    });
    expect(await found(ready({}, { services: async () => [service] }))).toEqual([
      expect.stringMatching(
        /^PXS096 warning: A load balancer asks kube-proxy on each node for the health of shop\/web;/,
      ),
    ]);
    const cluster = { ...service, externalTrafficPolicy: 'Cluster' };
    expect(await found(ready({}, { services: async () => [cluster] }))).toEqual([]);
  });

  it('knows the way from ipvs to nftables, and no other', async () => {
    const proxies = ['cp-1', 'node-1', 'node-2', 'node-3'].map((node) =>
      proof(node, node === 'node-2' ? 'iptables' : 'ipvs'),
    );
    expect(await found(ready({ proxies }))).toEqual([
      'PXS095 warning: kube-proxy is not in ipvs on node-2: nodes are handed over by restart',
    ]);
    expect(await found(ready(), 'ebpf')).toEqual([expect.stringMatching(/^PXS095 warning: The way to eBPF/)]);
  });
});
