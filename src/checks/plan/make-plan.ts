import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import { alertGateOf } from '../../cluster/clusters-file-alerts.ts';
import { describePermission, rollingPermissions } from '../../cluster/permissions.ts';
import { Failure } from '../../model/failure.ts';
import type { Finding } from '../../model/finding.ts';
import type { KubeProxyPlan, Plan } from '../../model/plan.ts';
import { groupNodes } from '../../model/plan-nodes.ts';
import type { Target } from '../../model/request.ts';
import type { ClusterFacts } from '../facts.ts';
import { whyRestart } from '../handover/why-restart.ts';
import { planCalico } from './calico.ts';
import { planEbpf, proxyModeBeforeEbpf } from './ebpf.ts';
import { estimateTime } from './estimate.ts';
import { planKubeProxy } from './kube-proxy.ts';
import { hashObjects } from './objects.ts';
import { planProbe } from './probe.ts';

const felixConfigurationList = { apiVersion: 'crd.projectcalico.org/v1', plural: 'felixconfigurations' };

/** What makes a plan, beside the facts. */
export interface PlanInput {
  entry: ClusterEntry;
  facts: ClusterFacts;
  /** Default: nftables. */
  target?: Target;
  findings: readonly Finding[];
  /** Codes of checks that the requester set aside, sorted. */
  ignoredChecks?: readonly string[];
  /** Who holds the lock and is taken for gone. */
  takeOverLock?: string | undefined;
}

/**
 * Makes the plan of a migration. Facts without blockers are taken for granted.
 * The same facts and the same entry of clusters.yaml give the same plan, on any worker.
 *
 * @throws Failure where something cannot be read
 */
export async function makePlan(input: PlanInput): Promise<Plan> {
  const { entry, facts, target = 'nftables', findings, ignoredChecks = [], takeOverLock } = input;
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
  const ebpf = target === 'ebpf' && calicoFacts ? await planEbpf(entry, calicoFacts, facts) : undefined;
  const proxyMode = target === 'ebpf' ? await proxyModeBeforeEbpf(facts) : 'nftables';
  const probe = entry.probe && (await planProbe(entry.probe, facts));
  const handoverInstead = whyRestart(findings);
  const proxyFacts = { config, nodes, proxies, systemPods, daemonSet, handoverInstead };
  // In eBPF mode kube-proxy runs nowhere, so there is nothing of it to change.
  const kubeProxy =
    ebpf && !ebpf.plan.needed
      ? planKubeProxy(entry, { ...proxyFacts, proxies: [] }, config.summary.effectiveMode)
      : planKubeProxy(entry, proxyFacts, proxyMode);
  const felixConfigurations = calicoFacts ? await facts.objects(felixConfigurationList) : [];
  const around = { kubeProxy: kubeProxy.plan, nodes, systemPods, felixConfigurations };
  const calico = target === 'nftables' && calicoFacts ? planCalico(entry, calicoFacts, around) : undefined;
  const kernels = new Map(nodes.map((node) => [node.name, node.kernel]));
  const seen = proxies.map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }));
  const { approvers, timeoutMs, require, count, gates } = entry.approval;
  return {
    cluster: { name: entry.name, uid: entry.uid, kubernetesVersion },
    target,
    nodes: groupNodes(seen),
    kubeProxy: kubeProxy.plan,
    ...(calico ? { calico: calico.plan } : {}),
    ...(ebpf ? { ebpf: ebpf.plan } : {}),
    ...(takeOverLock === undefined ? {} : { takeOverLock }),
    changes: [...(probe?.changes ?? []), ...kubeProxy.changes, ...(calico?.changes ?? []), ...(ebpf?.changes ?? [])],
    objects,
    estimate: estimateTime(systemPods, {
      waves: sequence(kubeProxy.plan),
      handover: kubeProxy.plan,
      canarySoakMs: kubeProxy.plan.canarySoakMs,
      calico: calico?.plan ?? (ebpf && { needed: ebpf.plan.needed, followsKubeProxy: false, canarySoakMs: 0 }),
      restarts: ebpf?.plan.restarts.flatMap((group) => group.nodes).length ?? 0,
      baselineMs: probe?.plan.baselineMs ?? 0,
      soakMs: entry.rollout.soakMs,
    }),
    ignoredChecks: [...ignoredChecks],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers, timeoutMs, require, count, gates },
    ...(entry.windows ? { windows: entry.windows } : {}),
    ...(entry.freeze ? { freeze: entry.freeze } : {}),
    ...(entry.rollout.alerts ? { alerts: alertGateOf(entry.rollout.alerts) } : {}),
    ...(probe ? { probe: probe.plan } : {}),
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
