import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { sha256 } from '../../cluster/hash.ts';
import { editProxyConfig } from '../../cluster/kube-proxy/config-edit.ts';
import type { ProxyConfigMap } from '../../cluster/kube-proxy/config-map.ts';
import type { ProxyConfigSummary } from '../../cluster/kube-proxy/config-schema.ts';
import { RESTARTED_AT } from '../../cluster/kube-proxy/rolling-restart.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet } from '../../cluster/refs.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import { Failure } from '../../model/failure.ts';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { KubeProxyPlan, PlannedChange } from '../../model/plan.ts';
import { type Canary, chooseCanary, planWaves, type WaveNode, waveSize } from '../../model/waves.ts';
import { diffOf } from './diff.ts';

/** What the plan of kube-proxy is made of. */
export interface ProxyFacts {
  config: { configMap: ProxyConfigMap; summary: ProxyConfigSummary };
  nodes: readonly LinuxNode[];
  proxies: readonly ProxyProof[];
  systemPods: readonly SystemPod[];
  daemonSet: DaemonSet | undefined;
}

/**
 * What will be done to kube-proxy: one edit of its ConfigMap, then its pods, canary first.
 * @throws Failure `Invalid` where the strategy of clusters.yaml does not fit the DaemonSet
 */
export function planKubeProxy(
  { rollout }: Pick<ClusterEntry, 'rollout'>,
  { config, nodes, proxies, systemPods, daemonSet }: ProxyFacts,
): { plan: KubeProxyPlan; changes: PlannedChange[] } {
  const { configMap, summary } = config;
  const { strategy, canarySoakMs, nodeTimeoutMs, notReadyTimeoutMs, failureBudget, onFailure } = rollout;
  const edited = editProxyConfig(configMap.text, { mode: 'nftables' }).text;
  const inIpvs = new Set(proxies.filter((proof) => proof.mode !== 'nftables').map((proof) => proof.node));
  const toRestart = waveNodes(
    nodes.filter((node) => inIpvs.has(node.name)),
    systemPods,
  );
  if (strategy === 'rolling') checkRolls(daemonSet);
  const canary = strategy === 'waves' ? canaryOf(toRestart, rollout.canaryNode) : undefined;
  const size = waveSize(rollout.maxUnavailable, nodes.length);
  const waves =
    strategy === 'waves'
      ? planWaves(toRestart, { canary, size, growth: rollout.waveGrowth })
      : [toRestart.map(({ name }) => name)].filter((all) => all.length > 0);
  const plan: KubeProxyPlan = {
    needed: toRestart.length > 0 || summary.effectiveMode !== 'nftables',
    from: toRestart.length > 0 ? 'ipvs' : 'nftables',
    to: 'nftables',
    configBefore: configMap.hash,
    configAfter: sha256(edited),
    waves,
    ...(canary ? { canary } : {}),
    strategy,
    canarySoakMs: canary ? canarySoakMs : 0,
    nodeTimeoutMs,
    notReadyTimeoutMs,
    failureBudget,
    onFailure,
  };
  const changes: PlannedChange[] = [];
  if (edited !== configMap.text) {
    changes.push({
      object: 'ConfigMap kube-system/kube-proxy',
      diff: diffOf('config.conf', configMap.text, edited),
      undo: 'The saved text is put back, nodes in nftables are restarted.',
    });
  }
  if (toRestart.length > 0) changes.push(podsChange(plan, toRestart.length));
  return { plan, changes };
}

/** What happens to the pods: they are deleted, or the template of their DaemonSet gets another annotation. */
function podsChange({ strategy, waves, canary }: KubeProxyPlan, nodes: number): PlannedChange {
  if (strategy === 'rolling') {
    return {
      object: 'DaemonSet kube-system/kube-proxy',
      diff: `annotation ${RESTARTED_AT} of its template, as kubectl rollout restart sets it: it replaces ${nodes} pods by its own update strategy`,
      undo: 'The saved object is put back: its pods are replaced once more, in the saved mode.',
    };
  }
  return {
    object: `${nodes} Pods kube-system/kube-proxy-*`,
    diff: `deleted in ${waves.length} waves${canary ? ', the canary alone first' : ''}; the DaemonSet makes them anew`,
    undo: 'Nodes that do not show ipvs are restarted in the saved mode.',
  };
}

/** Nodes with what decides their place in the order. */
function waveNodes(nodes: readonly LinuxNode[], systemPods: readonly SystemPod[]): WaveNode[] {
  const critical = new Map<string, number>();
  for (const { node, owner } of systemPods) {
    if (node !== undefined && owner?.kind !== 'DaemonSet' && owner?.kind !== 'Node') {
      critical.set(node, (critical.get(node) ?? 0) + 1);
    }
  }
  return nodes.map(({ name, controlPlane, ready, schedulable, labels }) => ({
    name,
    controlPlane,
    ready,
    schedulable,
    zone: labels['topology.kubernetes.io/zone'] ?? '',
    criticalPods: critical.get(name) ?? 0,
  }));
}

/** `rollout restart` does nothing by itself where pods are replaced on deletion only. */
function checkRolls(daemonSet: DaemonSet | undefined): void {
  const type = daemonSet?.spec.updateStrategy.type;
  if (type === undefined || type === 'RollingUpdate') return;
  const object = describeRef(kubeProxyDaemonSet);
  throw new Failure('Invalid', `rollout.strategy is "rolling", but updateStrategy of ${object} is ${type}`, {
    object,
    hint: 'Use strategy "waves" in clusters.yaml: it replaces the pods itself, node by node.',
  });
}

/** The canary that clusters.yaml names, where it is among the nodes to restart; else by rule, and said. */
function canaryOf(nodes: readonly WaveNode[], named: string | undefined): Canary | undefined {
  if (named === undefined || nodes.some(({ name }) => name === named)) return chooseCanary(nodes, named);
  const canary = chooseCanary(nodes);
  return (
    canary && {
      ...canary,
      why: `${canary.why}; canaryNode ${named} of clusters.yaml is not among the nodes to restart`,
    }
  );
}
