import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { Finding } from '../../model/finding.ts';
import type { Plan } from '../../model/plan.ts';
import type { Target } from '../../model/request.ts';
import type { ClusterFacts } from '../facts.ts';
import { planCalico } from './calico.ts';
import { planEbpf, proxyModeBeforeEbpf } from './ebpf.ts';
import { estimateTime } from './estimate.ts';
import { planKubeProxy } from './kube-proxy.ts';
import { hashObjects } from './objects.ts';

/** What makes a plan, beside the facts. */
export interface PlanInput {
  entry: ClusterEntry;
  facts: ClusterFacts;
  /** Default: nftables. */
  target?: Target;
  findings: readonly Finding[];
  /** Codes of checks that the requester set aside, sorted. */
  ignoredChecks?: readonly string[];
}

/**
 * Makes the plan of a migration. Facts without blockers are taken for granted.
 * The same facts and the same entry of clusters.yaml give the same plan, on any worker.
 *
 * @throws Failure where something cannot be read
 */
export async function makePlan({
  entry,
  facts,
  target = 'nftables',
  findings,
  ignoredChecks = [],
}: PlanInput): Promise<Plan> {
  const [kubernetesVersion, nodes, config, proxies, calicoFacts, objects] = await Promise.all([
    facts.kubernetesVersion(),
    facts.nodes(),
    facts.proxyConfig(),
    facts.proxies(),
    facts.calico(),
    hashObjects(facts),
  ]);
  const calico = target === 'nftables' && calicoFacts ? planCalico(entry, calicoFacts) : undefined;
  const ebpf = target === 'ebpf' && calicoFacts ? await planEbpf(entry, calicoFacts, facts) : undefined;
  const proxyMode = target === 'ebpf' ? await proxyModeBeforeEbpf(facts) : 'nftables';
  // In eBPF mode kube-proxy runs nowhere, so there is nothing of it to change.
  const kubeProxy =
    ebpf && !ebpf.plan.needed
      ? planKubeProxy(entry, { config, nodes, proxies: [] }, config.summary.effectiveMode)
      : planKubeProxy(entry, { config, nodes, proxies }, proxyMode);
  const kernels = new Map(nodes.map((node) => [node.name, node.kernel]));
  const seen = proxies
    .map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { approvers, timeoutMs, require, count } = entry.approval;
  return {
    cluster: { name: entry.name, uid: entry.uid, kubernetesVersion },
    target,
    nodes: seen,
    kubeProxy: kubeProxy.plan,
    ...(calico ? { calico: calico.plan } : {}),
    ...(ebpf ? { ebpf: ebpf.plan } : {}),
    changes: [...kubeProxy.changes, ...(calico?.changes ?? []), ...(ebpf?.changes ?? [])],
    objects,
    estimate: estimateTime(await facts.systemPods(), {
      waves: kubeProxy.plan.waves.length,
      calico: calico?.plan.needed ?? ebpf?.plan.needed ?? false,
      restarts: ebpf?.plan.restarts.flatMap((group) => group.nodes).length ?? 0,
      soakMs: entry.rollout.soakMs,
    }),
    ignoredChecks: [...ignoredChecks],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers, timeoutMs, require, count },
    soakMs: entry.rollout.soakMs,
  };
}
