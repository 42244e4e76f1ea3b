import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import { sha256 } from '../../cluster/hash.ts';
import { editProxyConfig } from '../../cluster/kube-proxy/config-edit.ts';
import type { ProxyConfigMap } from '../../cluster/kube-proxy/config-map.ts';
import type { ProxyConfigSummary } from '../../cluster/kube-proxy/config-schema.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import type { ObservedMode, ProxyMode } from '../../model/mode.ts';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { KubeProxyPlan, PlannedChange } from '../../model/plan.ts';
import { type Canary, chooseCanary, planWaves, waveSize } from '../../model/waves.ts';
import { diffOf } from './diff.ts';

/** What the plan of kube-proxy is made of. */
export interface ProxyFacts {
  config: { configMap: ProxyConfigMap; summary: ProxyConfigSummary };
  nodes: readonly LinuxNode[];
  proxies: readonly ProxyProof[];
}

/** What will be done to kube-proxy: one edit of its ConfigMap, then its pods, canary first. */
export function planKubeProxy(
  entry: ClusterEntry,
  { config, nodes, proxies }: ProxyFacts,
  to: ProxyMode = 'nftables',
): { plan: KubeProxyPlan; changes: PlannedChange[] } {
  const { configMap, summary } = config;
  const edited = editProxyConfig(configMap.text, { mode: to }).text;
  const others = proxies.filter((proof) => proof.mode !== to);
  const inOtherModes = new Set(others.map((proof) => proof.node));
  const toRestart = nodes.filter((node) => inOtherModes.has(node.name));
  const from = modeBefore(others.map((proof) => proof.mode)) ?? to;
  const canary = canaryOf(toRestart, entry.rollout.canaryNode);
  const waves = planWaves(toRestart, canary, waveSize(entry.rollout.maxUnavailable, nodes.length));
  const plan: KubeProxyPlan = {
    needed: toRestart.length > 0 || summary.effectiveMode !== to,
    from,
    to,
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
      undo: `The saved text is put back, nodes in ${to} are restarted.`,
    });
  }
  if (toRestart.length > 0) {
    changes.push({
      object: `${toRestart.length} Pods kube-system/kube-proxy-*`,
      diff: `deleted in ${waves.length} waves, the canary alone first; the DaemonSet makes them anew`,
      undo: `Nodes that do not show ${from} are restarted in the saved mode.`,
    });
  }
  return { plan, changes };
}

/** The mode that most of what is restarted goes back to: ipvs, wherever a node runs it. None where nothing is restarted. */
function modeBefore(modes: readonly ObservedMode[]): ProxyMode | undefined {
  const known = modes.flatMap((mode) => (mode === 'unknown' ? [] : [mode]));
  // A node that shows nothing (a check that was set aside) is taken to be in the mode that all of this is about.
  return known.includes('ipvs') || (known.length === 0 && modes.length > 0) ? 'ipvs' : known[0];
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
