import { capital } from './markdown.ts';
import type { Plan } from './plan.ts';
import {
  alertsFact,
  approvalRule,
  calicoFact,
  canaryFact,
  estimateFact,
  failuresFact,
  freezeFact,
  handoverFact,
  ignoredFact,
  limitsFact,
  nodesFact,
  proxyFact,
  restartsFact,
  rollbackFact,
  wavesFact,
  windowsFact,
} from './plan-facts.ts';
import { probeFact, probeLimitsFact } from './plan-probe-facts.ts';

/** Something that an approver has to know of a plan. */
export interface PlanFact {
  /** What it is called: `Maintenance windows`. */
  name: string;
  /** The same where there is little room: `windows`. At most 11 letters. */
  short: string;
  value: string;
  /** It is no part of what is usual: not to be overlooked. */
  isOdd?: true;
}

/** All that is to be said of a plan in a line each, in the order in which it is read; what it does not have is left out. */
export function planFacts(plan: Plan): PlanFact[] {
  const { cluster, estimate, takeOverLock } = plan;
  const facts: (Omit<PlanFact, 'value'> & { value: string | undefined })[] = [
    { name: 'Goes back to', short: 'back to', value: rollbackFact(plan) },
    {
      name: 'Lock',
      short: 'lock',
      value: takeOverLock && `taken over from ${takeOverLock}, said to be gone for good`,
      isOdd: true,
    },
    { name: 'Cluster', short: 'cluster', value: `${cluster.name}, Kubernetes ${cluster.kubernetesVersion}` },
    { name: 'uid of kube-system', short: 'uid', value: cluster.uid },
    { name: 'kube-proxy', short: 'kube-proxy', value: proxyFact(plan) },
    { name: 'Calico', short: 'Calico', value: calicoFact(plan) },
    { name: 'Nodes', short: 'nodes', value: nodesFact(plan) },
    { name: 'Canary', short: 'canary', value: canaryFact(plan) },
    { name: 'Waves', short: 'waves', value: wavesFact(plan) },
    { name: 'Hand-over of a node', short: 'hand-over', value: handoverFact(plan) },
    { name: 'Failures', short: 'failures', value: failuresFact(plan) },
    { name: 'Restart of nodes', short: 'restarts', value: restartsFact(plan) },
    {
      name: 'Estimate',
      short: 'estimate',
      value: estimate && `${estimateFact(estimate)}. ${capital(estimate.basis)}.`,
    },
    { name: 'Limits', short: 'limits', value: limitsFact(plan) },
    { name: 'Maintenance windows', short: 'windows', value: windowsFact(plan) },
    { name: 'Freeze', short: 'freeze', value: freezeFact(plan) },
    { name: 'Alerts', short: 'alerts', value: alertsFact(plan) },
    { name: 'Probe of traffic', short: 'probe', value: probeFact(plan) },
    { name: 'Limits of what is lost', short: 'lost', value: probeLimitsFact(plan) },
    { name: 'Approval', short: 'approval', value: approvalRule(plan.approval) },
    { name: 'Checks set aside by the requester', short: 'ignored', value: ignoredFact(plan), isOdd: true },
  ];
  return facts.filter((fact): fact is PlanFact => fact.value !== undefined && fact.value !== '');
}
