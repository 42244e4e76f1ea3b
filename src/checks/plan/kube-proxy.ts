import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import type { DaemonSet } from '../../cluster/daemon-sets.ts';
import { sha256 } from '../../cluster/hash.ts';
import { editProxyConfig } from '../../cluster/kube-proxy/config-edit.ts';
import type { ProxyConfigMap } from '../../cluster/kube-proxy/config-map.ts';
import type { ProxyConfigSummary } from '../../cluster/kube-proxy/config-schema.ts';
import type { LinuxNode } from '../../cluster/nodes.ts';
import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyDaemonSet } from '../../cluster/refs.ts';
import type { SystemPod } from '../../cluster/system-pods.ts';
import { Failure } from '../../model/failure.ts';
import type { ObservedMode, ProxyMode } from '../../model/mode.ts';
import type { ProxyProof } from '../../model/node-proof.ts';
import type { KubeProxyPlan, PlannedChange } from '../../model/plan.ts';
import { type Canary, chooseCanary, planWaves, type WaveNode, waveSize } from '../../model/waves.ts';
import { diffOf } from './diff.ts';
import { podChanges } from './pod-changes.ts';
import { waveNodes } from './wave-nodes.ts';

/** A wave is about a dozen events of history, and Temporal ends a workflow at 51,200. */
const MOST_WAVES = 2_000;

/** What the plan of kube-proxy is made of. */
export interface ProxyFacts {
  config: { configMap: ProxyConfigMap; summary: ProxyConfigSummary };
  nodes: readonly LinuxNode[];
  proxies: readonly ProxyProof[];
  systemPods: readonly SystemPod[];
  daemonSet: DaemonSet | undefined;
  /** Why nodes cannot be handed over as clusters.yaml asks for it. */
  handoverInstead?: string | undefined;
}

/**
 * What will be done to kube-proxy: one edit of its ConfigMap, then its pods, canary first.
 * @throws Failure `Invalid` where the strategy of clusters.yaml does not fit the DaemonSet
 */
export function planKubeProxy(
  { rollout }: Pick<ClusterEntry, 'rollout'>,
  { handoverInstead, config, nodes, proxies, systemPods, daemonSet }: ProxyFacts,
  to: ProxyMode = 'nftables',
): { plan: KubeProxyPlan; changes: PlannedChange[] } {
  const { configMap, summary } = config;
  const { strategy, canarySoakMs, nodeTimeoutMs, notReadyTimeoutMs, failureBudget, onFailure } = rollout;
  const edited = editProxyConfig(configMap.text, { mode: to }).text;
  const others = proxies.filter((proof) => proof.mode !== to);
  const inOtherModes = new Set(others.map((proof) => proof.node));
  const toRestart = waveNodes(
    nodes.filter((node) => inOtherModes.has(node.name)),
    systemPods,
  );
  const from = modeBefore(others.map((proof) => proof.mode)) ?? to;
  if (strategy === 'rolling') checkRolls(daemonSet);
  const canary = strategy === 'waves' ? canaryOf(toRestart, rollout.canaryNode) : undefined;
  const size = waveSize(rollout.maxUnavailable, nodes.length);
  const waves =
    strategy === 'waves'
      ? planWaves(toRestart, { canary, size, growth: rollout.waveGrowth })
      : [toRestart.map(({ name }) => name)].filter((all) => all.length > 0);
  if (waves.length > MOST_WAVES) throw tooManyWaves(waves.length, rollout.maxUnavailable);
  const plan: KubeProxyPlan = {
    needed: toRestart.length > 0 || summary.effectiveMode !== to,
    from,
    to,
    configBefore: configMap.hash,
    configAfter: sha256(edited),
    waves,
    ...(canary ? { canary } : {}),
    strategy,
    ...handoverOf(rollout, handoverInstead),
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
      undo: `The saved text is put back, nodes in ${to} are restarted.`,
    });
  }
  if (toRestart.length > 0) changes.push(...podChanges(plan, toRestart.length));
  return { plan, changes };
}

/** A rolling restart is the DaemonSet's own, and knows no stand-by. */
function handoverOf(
  { strategy, handover, drainTimeoutMs }: ClusterEntry['rollout'],
  instead: string | undefined,
): Pick<KubeProxyPlan, 'handover' | 'handoverInstead' | 'drainTimeoutMs'> {
  if (handover === 'restart') return { handover, drainTimeoutMs: 0 };
  const handoverInstead = strategy === 'rolling' ? 'strategy "rolling" leaves it to the DaemonSet' : instead;
  if (handoverInstead !== undefined) return { handover: 'restart', handoverInstead, drainTimeoutMs: 0 };
  return { handover, drainTimeoutMs };
}

/** The mode that most of what is restarted goes back to: ipvs, wherever a node runs it. None where nothing is restarted. */
function modeBefore(modes: readonly ObservedMode[]): ProxyMode | undefined {
  const known = modes.flatMap((mode) => (mode === 'unknown' ? [] : [mode]));
  // A node that shows nothing (a check that was set aside) is taken to be in the mode that all of this is about.
  return known.includes('ipvs') || (known.length === 0 && modes.length > 0) ? 'ipvs' : known[0];
}

function tooManyWaves(waves: number, maxUnavailable: ClusterEntry['rollout']['maxUnavailable']): Failure {
  const message = `rollout.maxUnavailable ${maxUnavailable} would take ${waves} waves; a run has at most ${MOST_WAVES}`;
  return new Failure('Invalid', message, { hint: 'Raise it in clusters.yaml, or use strategy "rolling".' });
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
