import { describeAlertGate } from './alerts.ts';
import type { EbpfPlan } from './ebpf-plan.ts';
import type { Finding } from './finding.ts';
import { describeFreeze, describeWindow } from './maintenance.ts';
import type { Estimate, Plan, PlanApproval } from './plan.ts';
import { countNodes } from './plan-nodes.ts';
import { readable } from './readable.ts';

/** `ipvs → nftables`, or that it is there already. */
export function proxyFact({ kubeProxy }: Pick<Plan, 'kubeProxy'>): string {
  return kubeProxy.needed ? `${kubeProxy.from} → ${kubeProxy.to}` : `is ${kubeProxy.to} already`;
}

/** Of the plan of a rollback: which snapshot, of which run. */
export function rollbackFact({ rollback }: Pick<Plan, 'rollback'>): string | undefined {
  if (rollback === undefined) return undefined;
  const { snapshot, savedAt, runId, requester } = rollback;
  return `${snapshot.name}, saved ${savedAt} before run ${runId}, which ${requester} asked for`;
}

/** What there is of Calico, and the one field that changes. */
export function calicoFact({ calico, ebpf }: Pick<Plan, 'calico' | 'ebpf'>): string {
  if (ebpf) return ebpfFact(ebpf);
  if (calico === undefined) return 'none';
  const { needed, install, version, dataplane, nftablesMode, order, followsKubeProxy, canary, leavesRules } = calico;
  const what = `${version} (${install} install)`;
  const follows = 'each Felix follows the kube-proxy of its node';
  if (!needed) return `${what}: nothing to write, ${followsKubeProxy ? follows : 'verified at the end'}`;
  const change = dataplane
    ? `linuxDataplane ${dataplane.from} → ${dataplane.to}`
    : `nftablesMode ${nftablesMode.from} → ${nftablesMode.to}`;
  return [
    `${what}: ${change}, ${order === 'before-kube-proxy' ? 'before kube-proxy' : 'after kube-proxy'}`,
    ...(followsKubeProxy ? [`then ${follows}`] : []),
    ...(canary ? [`Felix on ${canary.node} first, alone (${canary.why})`] : []),
    ...(leavesRules ? ['then the stale iptables rules of every node by hand'] : []),
  ].join('; ');
}

function ebpfFact({ needed, version, operatorVersion, setup, dataplane }: EbpfPlan): string {
  const what = `${version} (operator ${operatorVersion ?? 'of an unknown version'})`;
  if (!needed) return `${what}: is in eBPF mode already`;
  const who =
    setup === 'operator' ? 'kube-proxy is switched off by the operator' : 'kube-proxy is switched off by hand';
  return `${what}: linuxDataplane ${dataplane.from} → ${dataplane.to}, ${who}`;
}

/** Groups of nodes that a person restarts: `12 nodes in 4 groups: …`; undefined where none has to. */
export function restartsFact({ ebpf }: Pick<Plan, 'ebpf'>): string | undefined {
  const groups = ebpf?.restarts ?? [];
  if (groups.length === 0) return undefined;
  const nodes = groups.reduce((sum, group) => sum + group.nodes.length, 0);
  const named = groups.map((group) => `${group.name} (${group.nodes.length})`).join(', ');
  return `${nodes} ${nodes === 1 ? 'node' : 'nodes'} by a person, in ${groups.length} ${groups.length === 1 ? 'group' : 'groups'}: ${named}`;
}

/** How many nodes, and in which mode: `12 (11 in ipvs, 1 in nftables)`. */
export function nodesFact({ nodes }: Pick<Plan, 'nodes'>): string {
  const count = new Map<string, number>();
  for (const { mode, names } of nodes) count.set(mode, (count.get(mode) ?? 0) + names.length);
  const modes = [...count].map(([mode, number]) => `${number} in ${mode}`).join(', ');
  const total = countNodes({ nodes });
  return modes === '' ? `${total}` : `${total} (${modes})`;
}

/** Which node goes first, why that one, and what has to be said of it; undefined where none does. */
export function canaryFact({
  kubeProxy: { needed, canary, canarySoakMs },
  approval: { gates },
}: Pick<Plan, 'kubeProxy' | 'approval'>): string | undefined {
  if (!needed || canary === undefined) return undefined;
  return [
    `${canary.node} (${canary.why})`,
    ...(canarySoakMs > 0 ? [`watched for ${readable(canarySoakMs)}`] : []),
    ...(gates.includes('canary') ? ['then approved once more'] : []),
  ].join(', ');
}

/** How many nodes may fail, and what the run does then; undefined where none is restarted. */
export function failuresFact({ kubeProxy }: Pick<Plan, 'kubeProxy'>): string | undefined {
  const { needed, waves, failureBudget, onFailure, notReadyTimeoutMs } = kubeProxy;
  if (!needed || waves.length === 0) return undefined;
  const then = onFailure === 'rollback' ? 'everything is undone' : 'the run waits for a person';
  const failing =
    failureBudget === 0
      ? `where a node fails twice, ${then}`
      : `up to ${failureBudget} ${failureBudget === 1 ? 'node' : 'nodes'} that ${failureBudget === 1 ? 'fails' : 'fail'} twice may be left behind; above that ${then}`;
  return `${failing}; one that is not Ready for ${readable(notReadyTimeoutMs)} is left behind`;
}

/** How many waves of how many nodes; undefined where only the canary is restarted, or nothing at all. */
export function wavesFact({ kubeProxy }: Pick<Plan, 'kubeProxy'>): string | undefined {
  const { needed, waves, canary, strategy } = kubeProxy;
  if (!needed) return undefined;
  if (strategy === 'rolling') return 'none: the DaemonSet replaces its pods itself, by its own update strategy';
  const rest = canary ? waves.slice(1) : waves;
  if (rest.length === 0) return undefined;
  const most = Math.max(...rest.map((wave) => wave.length));
  return `${rest.length}${canary ? ' after the canary' : ''}, of at most ${most} ${most === 1 ? 'node' : 'nodes'}`;
}

/** How a node gets from one mode to the other, and why it is not as asked for; undefined where none does. */
export function handoverFact({ kubeProxy }: Pick<Plan, 'kubeProxy'>): string | undefined {
  const { needed, waves, handover, handoverInstead, drainTimeoutMs, to } = kubeProxy;
  if (!needed || waves.length === 0) return undefined;
  if (handover === 'restart')
    return `restart: Services are away on a node until its new kube-proxy has synced${handoverInstead ? ` (not make-before-break: ${handoverInstead})` : ''}`;
  const drain =
    drainTimeoutMs === 0
      ? 'connections that IPVS carries are cut at once'
      : `connections that IPVS carries have ${readable(drainTimeoutMs)} to end`;
  return `make-before-break: a second kube-proxy serves a node in ${to} before its own one is replaced${to === 'nftables' ? `; ${drain}` : ''}; one that has no room for it is restarted`;
}

/** What may take how long before the run gives up and undoes. */
export function limitsFact({
  kubeProxy,
  calico,
  ebpf,
  soakMs,
}: Pick<Plan, 'kubeProxy' | 'calico' | 'ebpf' | 'soakMs'>): string {
  return [
    `${readable(kubeProxy.nodeTimeoutMs)} a node`,
    ...(calico ? [`${readable(calico.timeoutMs)} for Calico`] : []),
    ...(calico?.canary ? [`its canary watched for ${readable(calico.canarySoakMs)}`] : []),
    ...(ebpf ? [`${readable(ebpf.timeoutMs)} for Calico`] : []),
    `watched for ${readable(soakMs)} afterwards`,
  ].join(', ');
}

/** When waves may start; undefined where it is at any time. */
export function windowsFact({ windows = [] }: Pick<Plan, 'windows'>): string | undefined {
  return windows.length > 0 ? `waves start only at ${windows.map(describeWindow).join('; or ')}` : undefined;
}

/** On which days none starts; undefined where there is no such day. */
export function freezeFact({ freeze = [] }: Pick<Plan, 'freeze'>): string | undefined {
  return freeze.length > 0 ? `no wave starts from ${freeze.map(describeFreeze).join('; nor from ')}` : undefined;
}

/** Which alerts hold a wave; undefined where none is asked for. */
export function alertsFact({ alerts }: Pick<Plan, 'alerts'>): string | undefined {
  return alerts && `a wave waits up to ${readable(alerts.patienceMs)} while one fires of ${describeAlertGate(alerts)}`;
}

/** Who may approve, how many have to, and how; in a sentence. */
export function approvalRule({ approvers, timeoutMs, count, require }: PlanApproval): string {
  const who = approvers.length > 0 ? `of ${approvers.join(', ')}` : 'who did not ask for the run';
  const many = count === 1 ? `one person ${who}` : `${count} different people ${who}`;
  const signed = require === 'signed' ? `, signed with an SSH key${count === 1 ? '' : ' each'}` : '';
  return `${many}${signed}, within ${readable(timeoutMs)}; nothing is written before`;
}

/** How long it is going to take: `about 2 min 13 s after the approval, 18 s a node`. */
export function estimateFact({ totalMs, nodeMs }: Estimate): string {
  return `about ${readable(totalMs)} after the approval, ${readable(nodeMs)} a node`;
}

/** Codes that were set aside, and whether each had found anything: `PXS041, PXS014 (found nothing)`. */
export function ignoredFact({ ignoredChecks, findings }: { ignoredChecks: readonly string[]; findings: Finding[] }) {
  const used = new Set(findings.filter(({ ignored }) => ignored).map(({ code }) => code));
  return ignoredChecks.map((code) => (used.has(code) ? code : `${code} (found nothing)`)).join(', ');
}
