import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { Finding } from '../../model/finding.ts';
import type { Plan } from '../../model/plan.ts';
import type { ClusterFacts } from '../facts.ts';
import { planCalico } from './calico.ts';
import { estimateTime } from './estimate.ts';
import { planKubeProxy } from './kube-proxy.ts';
import { hashObjects } from './objects.ts';

const felixConfigurationList = { apiVersion: 'crd.projectcalico.org/v1', plural: 'felixconfigurations' };

/** What makes a plan, beside the facts. */
export interface PlanInput {
  entry: ClusterEntry;
  facts: ClusterFacts;
  findings: readonly Finding[];
  /** Codes of checks that the requester set aside, sorted. */
  ignoredChecks?: readonly string[];
}

/**
 * Makes the plan of a migration to nftables. Facts without blockers are taken for granted.
 * The same facts and the same entry of clusters.yaml give the same plan, on any worker.
 *
 * @throws Failure where something cannot be read
 */
export async function makePlan({ entry, facts, findings, ignoredChecks = [] }: PlanInput): Promise<Plan> {
  const [kubernetesVersion, nodes, config, proxies, calicoFacts, objects] = await Promise.all([
    facts.kubernetesVersion(),
    facts.nodes(),
    facts.proxyConfig(),
    facts.proxies(),
    facts.calico(),
    hashObjects(facts),
  ]);
  const kubeProxy = planKubeProxy(entry, { config, nodes, proxies });
  const felixConfigurations = calicoFacts ? await facts.objects(felixConfigurationList) : [];
  const around = { kubeProxy: kubeProxy.plan, nodes, felixConfigurations };
  const calico = calicoFacts && planCalico(entry, calicoFacts, around);
  const kernels = new Map(nodes.map((node) => [node.name, node.kernel]));
  const seen = proxies
    .map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { approvers, timeoutMs, require, count } = entry.approval;
  return {
    cluster: { name: entry.name, uid: entry.uid, kubernetesVersion },
    target: 'nftables',
    nodes: seen,
    kubeProxy: kubeProxy.plan,
    ...(calico ? { calico: calico.plan } : {}),
    changes: [...kubeProxy.changes, ...(calico?.changes ?? [])],
    objects,
    estimate: estimateTime(await facts.systemPods(), {
      waves: kubeProxy.plan.waves.length,
      calico: calico?.plan,
      soakMs: entry.rollout.soakMs,
    }),
    ignoredChecks: [...ignoredChecks],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers, timeoutMs, require, count },
    soakMs: entry.rollout.soakMs,
  };
}
