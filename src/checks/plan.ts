import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { createTwoFilesPatch } from 'diff';
import { effectiveNftablesMode, targetNftablesMode } from '../cluster/calico/detect.ts';
import { needsPolicyTimeoutNull } from '../cluster/calico/versions.ts';
import type { ClusterEntry } from '../cluster/clusters-file.ts';
import { editProxyConfig } from '../cluster/kube-proxy/config-edit.ts';
import { sha256 } from '../cluster/kube-proxy/config-map.ts';
import type { LinuxNode } from '../cluster/nodes.ts';
import type { Finding } from '../model/finding.ts';
import type { LinuxDataplane } from '../model/mode.ts';
import type { CalicoPlan, KubeProxyPlan, Plan, PlannedChange } from '../model/plan.ts';
import { type Canary, chooseCanary, planWaves, waveSize } from '../model/waves.ts';
import type { CalicoOnNodes, ClusterFacts } from './facts.ts';

/** What makes a plan, beside the facts. */
export interface PlanInput {
  entry: ClusterEntry;
  facts: ClusterFacts;
  findings: Finding[];
}

/**
 * Makes the plan of a migration to nftables. Facts without blockers are taken for granted.
 * The same facts and the same entry of clusters.yaml give the same plan, on any worker.
 */
export function makePlan({ entry, facts, findings }: PlanInput): Plan {
  const kubeProxy = planKubeProxy(entry, facts);
  const calicoFacts = 'value' in facts.calico ? facts.calico.value : undefined;
  const calico = calicoFacts && planCalico(entry, calicoFacts);
  const kernels = new Map(facts.nodes.map((node) => [node.name, node.kernel]));
  const nodes = facts.proxies
    .map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    cluster: { name: entry.name, uid: entry.uid, kubernetesVersion: facts.kubernetesVersion },
    target: 'nftables',
    nodes,
    kubeProxy: kubeProxy.plan,
    ...(calico ? { calico: calico.plan } : {}),
    changes: [...kubeProxy.changes, ...(calico?.changes ?? [])],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers: entry.approval.approvers, timeoutMs: entry.approval.timeoutMs },
    soakMs: entry.rollout.soakMs,
  };
}

/** SHA-256 of the canonical form (RFC 8785): keys sorted, so that it does not depend on how a plan was put together. */
export function hashPlan(plan: Plan): string {
  return createHash('sha256')
    .update(canonicalize(plan) ?? '')
    .digest('hex');
}

function planKubeProxy(entry: ClusterEntry, facts: ClusterFacts): { plan: KubeProxyPlan; changes: PlannedChange[] } {
  if ('failure' in facts.proxyConfig) throw facts.proxyConfig.failure;
  const { configMap, summary } = facts.proxyConfig.value;
  const edited = editProxyConfig(configMap.text, { mode: 'nftables' }).text;
  const inIpvs = new Set(facts.proxies.filter((proof) => proof.mode !== 'nftables').map((proof) => proof.node));
  const toRestart = facts.nodes.filter((node) => inIpvs.has(node.name));
  const canary = canaryOf(toRestart, entry.rollout.canaryNode);
  const waves = planWaves(toRestart, canary, waveSize(entry.rollout.maxUnavailable, facts.nodes.length));
  const plan: KubeProxyPlan = {
    needed: toRestart.length > 0 || summary.effectiveMode !== 'nftables',
    from: toRestart.length > 0 ? 'ipvs' : 'nftables',
    to: 'nftables',
    configBefore: configMap.hash,
    configAfter: sha256(edited),
    waves,
    ...(canary ? { canary } : {}),
    nodeTimeoutMs: entry.rollout.nodeTimeoutMs,
  };
  const changes: PlannedChange[] = [];
  if (edited !== configMap.text) {
    changes.push({
      object: 'ConfigMap kube-system/kube-proxy',
      diff: diffOf('config.conf', configMap.text, edited),
      undo: 'The saved text is put back, nodes in nftables are restarted.',
    });
  }
  if (toRestart.length > 0) {
    changes.push({
      object: `${toRestart.length} Pods kube-system/kube-proxy-*`,
      diff: `deleted in ${waves.length} waves, the canary alone first; the DaemonSet makes them anew`,
      undo: 'Nodes that do not show ipvs are restarted in the saved mode.',
    });
  }
  return { plan, changes };
}

/** The canary that clusters.yaml names, where it is among the nodes to restart; else by rule, and said. */
function canaryOf(nodes: readonly LinuxNode[], named: string | undefined): Canary | undefined {
  if (named === undefined || nodes.some(({ name }) => name === named)) return chooseCanary(nodes, named);
  const canary = chooseCanary(nodes);
  return (
    canary && {
      ...canary,
      why: `${canary.why}; canaryNode ${named} of clusters.yaml is not among the nodes to restart`,
    }
  );
}

function planCalico(entry: ClusterEntry, calico: CalicoOnNodes): { plan: CalicoPlan; changes: PlannedChange[] } {
  const { install, version: calicoVersion, namespace, installation } = calico;
  const to = targetNftablesMode(calico);
  const from = effectiveNftablesMode(calico);
  const base = {
    install,
    version: calicoVersion,
    namespace,
    nftablesMode: { from, to },
    timeoutMs: entry.calico.timeoutMs,
  };
  const undo = 'The saved object is put back, and every Felix is awaited.';
  if (install === 'manifest') {
    const needed = from !== to;
    const diff = diffOf('spec', spec({ nftablesMode: calico.nftablesMode }), spec({ nftablesMode: to }));
    return {
      plan: { ...base, needed, clearPolicySetupTimeout: false },
      changes: needed ? [{ object: 'FelixConfiguration default', diff, undo }] : [],
    };
  }
  const network = installation?.spec?.calicoNetwork;
  const dataplane: LinuxDataplane = network?.linuxDataplane ?? 'Iptables';
  const timeout = network?.linuxPolicySetupTimeoutSeconds;
  const needed = dataplane !== 'Nftables';
  const clearPolicySetupTimeout = needsPolicyTimeoutNull(calicoVersion) && timeout !== undefined && timeout !== null;
  const diff = diffOf(
    'spec.calicoNetwork',
    spec({ linuxDataplane: network?.linuxDataplane, linuxPolicySetupTimeoutSeconds: timeout }),
    spec({ linuxDataplane: 'Nftables', linuxPolicySetupTimeoutSeconds: clearPolicySetupTimeout ? undefined : timeout }),
  );
  return {
    plan: { ...base, needed, dataplane: { from: dataplane, to: 'Nftables' }, clearPolicySetupTimeout },
    changes: needed ? [{ object: 'Installation default', diff, undo }] : [],
  };
}

/** Fields as YAML lines, without the ones that are not set. */
function spec(fields: Record<string, string | number | null | undefined>): string {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return set.map(([key, value]) => `${key}: ${value}\n`).join('');
}

/** A unified diff with two lines of context, without the header that names files. */
function diffOf(name: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(name, name, before, after, 'now', 'planned', { context: 2 });
  return patch
    .split('\n')
    .filter((line) => !/^(=+|Index: |--- |\+\+\+ |\\ )/.test(line))
    .join('\n')
    .trimEnd();
}
