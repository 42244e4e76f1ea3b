import { RESTARTED_AT } from '../../cluster/kube-proxy/rolling-restart.ts';
import type { KubeProxyPlan, PlannedChange } from '../../model/plan.ts';

type Replaced = Pick<KubeProxyPlan, 'strategy' | 'from' | 'to' | 'waves' | 'canary' | 'handover'>;

/** What a migration does to the pods: they are deleted, or the template of their DaemonSet gets another annotation. */
export function podChanges(plan: Replaced, nodes: number): PlannedChange[] {
  const { strategy, from } = plan;
  if (strategy === 'rolling') {
    return [
      {
        object: 'DaemonSet kube-system/kube-proxy',
        diff: `annotation ${RESTARTED_AT} of its template, as kubectl rollout restart sets it: it replaces ${nodes} pods by its own update strategy`,
        undo: 'The saved object is put back: its pods are replaced once more, in the saved mode.',
      },
    ];
  }
  const undo = `Nodes that do not show ${from} are restarted in the saved mode.`;
  return replacedInWaves(plan, nodes, { anew: 'the DaemonSet makes them anew', undo });
}

/** What a rollback does to them. The DaemonSet itself is among the objects that it puts back. */
export function podChangesBack(plan: Replaced, nodes: number): PlannedChange[] {
  if (nodes === 0) return [];
  const undo = 'A migration brings them forward again.';
  const anew = `the DaemonSet makes them anew in ${plan.to}`;
  if (plan.strategy === 'waves') return replacedInWaves(plan, nodes, { anew, undo });
  const diff = `replaced by their DaemonSet once its saved template is back, in ${plan.to}`;
  return [{ object: replacedPods(nodes), diff, undo }];
}

function replacedInWaves(
  { to, waves, canary, handover }: Replaced,
  nodes: number,
  { anew, undo }: { anew: string; undo: string },
): PlannedChange[] {
  const replaced = {
    object: replacedPods(nodes),
    diff: `deleted in ${waves.length} waves${canary ? ', the canary alone first' : ''}; ${anew}`,
    undo,
  };
  if (handover === 'restart') return [replaced];
  const standbys = {
    object: `${nodes} Pods kube-system/kube-proxy-standby-${to}-*`,
    diff: 'made for the nodes of a wave, each from the template of DaemonSet kube-proxy, and deleted when its node has been handed over',
    undo: 'They are deleted, and their rules are taken away with them.',
  };
  return [standbys, replaced];
}

function replacedPods(nodes: number): string {
  return `${nodes} Pods kube-system/kube-proxy-*`;
}
