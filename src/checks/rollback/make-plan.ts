import { stringify } from 'yaml';
import type { ClusterEntry } from '../../cluster/clusters-file.ts';
import { sha256 } from '../../cluster/hash.ts';
import { configTextOf } from '../../cluster/kube-proxy/config-map.ts';
import { describeRef } from '../../cluster/objects.ts';
import { kubeProxyConfigMap } from '../../cluster/refs.ts';
import { comparable } from '../../cluster/snapshot.ts';
import type { Finding } from '../../model/finding.ts';
import type { CalicoPlan, KubeProxyPlan, Plan, PlannedChange, WayBack } from '../../model/plan.ts';
import { groupNodes } from '../../model/plan-nodes.ts';
import { chooseCanary, planWaves, waveSize } from '../../model/waves.ts';
import type { ClusterFacts } from '../facts.ts';
import { whyRestart } from '../handover/why-restart.ts';
import { diffOf } from '../plan/diff.ts';
import { estimateTime } from '../plan/estimate.ts';
import { hashObjects } from '../plan/objects.ts';
import { podChangesBack } from '../plan/pod-changes.ts';
import { waveNodes } from '../plan/wave-nodes.ts';
import type { Chosen } from './choose-snapshot.ts';
import type { ObjectDifference } from './differences.ts';

/** What makes the plan of a rollback, beside the facts. */
export interface RollbackPlanInput {
  entry: ClusterEntry;
  facts: ClusterFacts;
  chosen: Chosen;
  findings: readonly Finding[];
  takeOverLock?: string | undefined;
}

/**
 * Makes the plan of going back to a snapshot. As a plan of a migration, it holds everything that will be written, and the
 * same state of the cluster gives the same plan on any worker.
 */
export async function makeRollbackPlan(input: RollbackPlanInput): Promise<Plan> {
  const { entry, facts, chosen, findings, takeOverLock } = input;
  const { run, ref } = chosen.snapshot;
  const [kubernetesVersion, nodes, proxies, calico, objects, systemPods] = await Promise.all([
    facts.kubernetesVersion(),
    facts.nodes(),
    facts.proxies(),
    facts.calico(),
    hashObjects(facts),
    facts.systemPods(),
  ]);
  const handoverInstead = whyRestart(findings);
  const wayBack = withHandover(withLimitsOf(entry, run.wayBack, calico?.version), handoverInstead);
  const kubeProxy = { ...(await planKubeProxy(input, wayBack)), ...(handoverInstead ? { handoverInstead } : {}) };
  const calicoPlan = wayBack.calico && reversed(wayBack.calico, chosen.differences.objects);
  const kernels = new Map(nodes.map((node) => [node.name, node.kernel]));
  const { approvers, timeoutMs, require, count } = entry.approval;
  const seen = proxies.map(({ node, mode }) => ({ name: node, mode, kernel: kernels.get(node) ?? '' }));
  return {
    cluster: { name: entry.name, uid: facts.identity.uid, kubernetesVersion },
    target: wayBack.kubeProxy.from,
    nodes: groupNodes(seen),
    kubeProxy,
    ...(calicoPlan ? { calico: calicoPlan } : {}),
    rollback: {
      snapshot: ref,
      savedAt: run.savedAt,
      workflowId: run.workflowId,
      runId: run.runId,
      requester: run.requester,
      wayBack,
    },
    ...(takeOverLock === undefined ? {} : { takeOverLock }),
    changes: [
      ...chosen.differences.objects.map(objectChange),
      ...podChangesBack(kubeProxy, chosen.differences.nodes.length),
    ],
    objects,
    estimate: estimateTime(systemPods, {
      waves: kubeProxy.waves.length,
      handover: kubeProxy,
      // All at once on the way back: no canary, and no Felix that follows wave by wave.
      calico: calicoPlan && { needed: calicoPlan.needed, followsKubeProxy: false, canarySoakMs: 0 },
      canarySoakMs: 0,
      soakMs: 0,
    }),
    ignoredChecks: [],
    findings: findings.filter(({ severity }) => severity === 'warning'),
    approval: { approvers, timeoutMs, require, count, gates: ['plan'] },
    soakMs: 0,
  };
}

/** What was saved, with the time limits that hold now, and the version that Calico has now. */
function withLimitsOf(
  entry: ClusterEntry,
  { kubeProxy, calico, ...rest }: WayBack,
  version: string | undefined,
): WayBack {
  const { nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs } = entry.rollout;
  return {
    ...rest,
    kubeProxy: { ...kubeProxy, nodeTimeoutMs, notReadyTimeoutMs, drainTimeoutMs },
    ...(calico ? { calico: { ...calico, version: version ?? calico.version, timeoutMs: entry.calico.timeoutMs } } : {}),
  };
}

/** The way that can be gone now. */
function withHandover({ kubeProxy, ...rest }: WayBack, instead: string | undefined): WayBack {
  return {
    ...rest,
    kubeProxy: instead === undefined ? kubeProxy : { ...kubeProxy, handover: 'restart', drainTimeoutMs: 0 },
  };
}

async function planKubeProxy(
  { entry, facts, chosen: { differences, snapshot } }: RollbackPlanInput,
  { kubeProxy: { needed, from, to, strategy, handover, drainTimeoutMs, nodeTimeoutMs, notReadyTimeoutMs } }: WayBack,
): Promise<KubeProxyPlan> {
  const [nodes, { configMap }, systemPods] = await Promise.all([
    facts.nodes(),
    facts.proxyConfig(),
    facts.systemPods(),
  ]);
  const { maxUnavailable, waveGrowth: growth } = entry.rollout;
  const saved = snapshot.objects.find(({ ref }) => describeRef(ref) === describeRef(kubeProxyConfigMap))?.saved;
  const names = new Set(differences.nodes.map(({ node }) => node));
  const toRestart = waveNodes(
    nodes.filter(({ name }) => names.has(name)),
    systemPods,
  );
  const canary = chooseCanary(toRestart);
  const configAfter = saved ? sha256(configTextOf(saved)) : configMap.hash;
  return {
    needed: needed && (toRestart.length > 0 || configAfter !== configMap.hash),
    from: toRestart.length > 0 ? to : from,
    to: from,
    configBefore: configMap.hash,
    configAfter,
    waves: planWaves(toRestart, { canary, size: waveSize(maxUnavailable, nodes.length), growth }),
    ...(canary ? { canary } : {}),
    strategy,
    handover,
    drainTimeoutMs,
    canarySoakMs: 0,
    nodeTimeoutMs,
    notReadyTimeoutMs,
    // A way back knows no budget: it is tried until every node is where it was.
    failureBudget: 0,
    onFailure: 'pause',
  };
}

/** Calico's part, the other way round: from what the migration made to what it found. */
function reversed(calico: CalicoPlan, differences: readonly ObjectDifference[]): CalicoPlan {
  const { dataplane, nftablesMode } = calico;
  return {
    ...calico,
    needed: calico.needed && differences.some(({ ref }) => ref.kind !== kubeProxyConfigMap.kind),
    clearPolicySetupTimeout: false,
    ...(dataplane ? { dataplane: { from: dataplane.to, to: dataplane.from } } : {}),
    nftablesMode: { from: nftablesMode.to, to: nftablesMode.from },
  };
}

/** What changes in an object, as YAML: all of it, what others have changed since included. */
export function objectChange({ ref, found, saved }: ObjectDifference): PlannedChange {
  const [now, then] = [asYaml(found), asYaml(saved)];
  return {
    object: describeRef(ref),
    diff: diffOf(ref.name, now, then),
    undo: 'It is saved as it is now before it is put back.',
  };
}

function asYaml(object: unknown): string {
  return object === undefined ? '' : stringify(comparable(object), { lineWidth: 0, sortMapEntries: true });
}
