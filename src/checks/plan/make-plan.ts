import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import { alertGateOf } from '../../cluster/clusters-file-alerts.ts';
import { describePermission, rollingPermissions } from '../../cluster/permissions.ts';
import { Failure } from '../../model/failure.ts';
import type { Finding } from '../../model/finding.ts';
import type { KubeProxyPlan, Plan } from '../../model/plan.ts';
import { groupNodes } from '../../model/plan-nodes.ts';
import type { ClusterFacts } from '../facts.ts';
import { planCalico } from './calico.ts';
import { estimateTime } from './estimate.ts';
import { planKubeProxy } from './kube-proxy.ts';
import { hashObjects } from './objects.ts';

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
  const [kubernetesVersion, nodes, config, proxies, systemPods, daemonSet, calicoFacts, objects] = await Promise.all([
    facts.kubernetesVersion(),
    facts.nodes(),
    facts.proxyConfig(),
    facts.proxies(),
    facts.systemPods(),
    facts.proxyDaemonSet(),
    facts.calico(),
    hashObjects(facts),
  ]);
  if (entry.rollout.strategy === 'rolling') await checkMayRoll(facts);
  const kubeProxy = planKubeProxy(entry, { config, nodes, proxies, systemPods, daemonSet });
  const calico = calicoFacts && planCalico(entry, calicoFacts);
  const kernels = new Map(nodes.map((node) => [node.name, node.kernel]));
  const seen = proxies.map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }));
  const { approvers, timeoutMs, require, count, gates } = entry.approval;
  return {
    cluster: { name: entry.name, uid: entry.uid, kubernetesVersion },
    target: 'nftables',
    nodes: groupNodes(seen),
    kubeProxy: kubeProxy.plan,
    ...(calico ? { calico: calico.plan } : {}),
    changes: [...kubeProxy.changes, ...(calico?.changes ?? [])],
    objects,
    estimate: estimateTime(systemPods, {
      waves: sequence(kubeProxy.plan),
      canarySoakMs: kubeProxy.plan.canarySoakMs,
      calico: calico?.plan.needed ?? false,
      soakMs: entry.rollout.soakMs,
    }),
    ignoredChecks: [...ignoredChecks],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers, timeoutMs, require, count, gates },
    ...(entry.windows ? { windows: entry.windows } : {}),
    ...(entry.freeze ? { freeze: entry.freeze } : {}),
    ...(entry.rollout.alerts ? { alerts: alertGateOf(entry.rollout.alerts) } : {}),
    soakMs: entry.rollout.soakMs,
  };
}

/** Asked only where it is needed. @throws Failure `Forbidden` */
async function checkMayRoll(facts: ClusterFacts): Promise<void> {
  const missing = await facts.missing(rollingPermissions);
  if (missing.length === 0) return;
  throw new Failure(
    'Forbidden',
    `rollout.strategy is "rolling": not permitted: ${missing.map(describePermission).join(', ')}`,
    {
      hint: 'Grant it: kubectl apply -f deploy/rbac.yaml -l proxyshift.dev/needed-for=rolling',
    },
  );
}

/** How many times a node is waited for, one after the other. A rolling restart is taken for one node at a time. */
function sequence({ strategy, waves }: KubeProxyPlan): number {
  return strategy === 'rolling' ? waves.flat().length : waves.length;
}
