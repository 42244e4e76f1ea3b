import type { FailureRecord } from '../model/failure.ts';
import { blockers, type Finding } from '../model/finding.ts';
import type { CommandHint } from '../model/notification.ts';
import type { NotificationEvent } from '../model/notification-event.ts';
import { type Outcome, outcomeMeaning } from '../model/outcome.ts';
import type { Plan } from '../model/plan.ts';
import { countNodes } from '../model/plan-nodes.ts';
import type { HandStep } from '../model/progress.ts';
import { someOf } from '../model/some-of.ts';
import { short } from './await-approvals.ts';

/** Something that people are told of. */
export interface Happening {
  event: NotificationEvent;
  /** One sentence without its full stop, which begins with the cluster. */
  text: string;
  commands: CommandHint[];
  /** Whose message led to it. */
  by?: string | undefined;
  failure?: string | undefined;
  /** Nodes that it is about. */
  nodes?: readonly string[];
}

/** Of blockers, so many are named. */
const MOST_FINDINGS = 3;

/** A plan waits for its approvals. @param isAnother the cluster changed after another one was approved */
export function planOffered(cluster: string, plan: Plan, hash: string, isAnother: boolean): Happening {
  const another = isAnother ? '; the cluster has changed, so it is another plan than the one that was approved' : '';
  return {
    event: 'approval-needed',
    text: `${cluster} waits for ${people(plan)} of plan ${short(hash)}: ${inShort(plan)}${another}`,
    commands: [
      { command: `proxyshift approve ${cluster}${signing(plan)}`, does: 'shows the plan, asks, and approves it' },
      { command: `proxyshift reject ${cluster}`, does: 'ends the run; nothing was written' },
    ],
  };
}

/** The gate after the canary waits for its approvals. */
export function canaryOffered(cluster: string, plan: Plan, node: string): Happening {
  return {
    event: 'approval-needed',
    text: `${cluster} waits for ${people(plan)} to go on after its canary ${node}`,
    commands: [
      { command: `proxyshift approve ${cluster} --gate canary${signing(plan)}`, does: 'lets the run go on' },
      rollback(cluster),
    ],
    nodes: [node],
  };
}

/** @param what the component and its mode: `kube-proxy in nftables` */
export function canaryDone(cluster: string, node: string, what: string): Happening {
  return {
    event: 'canary-done',
    text: `${cluster}: the canary ${node} has ${what}, and has proven it`,
    commands: [watch(cluster), { command: `proxyshift pause ${cluster}`, does: 'starts nothing new until resume' }],
    nodes: [node],
  };
}

/** Only a person can do it. */
export function handStepAsked(cluster: string, { key, what, nodes }: HandStep): Happening {
  const where = nodes.length > 0 ? ` (${someOf(nodes, MOST_FINDINGS).join(', ')})` : '';
  return {
    event: 'by-hand',
    text: `${cluster} waits for a person: ${what}${where}`,
    commands: [
      { command: `proxyshift confirm ${cluster} ${key}`, does: 'says that it was done; --skip leaves it out' },
      watch(cluster),
    ],
    nodes,
  };
}

/** @param why why the run has stopped by itself; absent: a person has paused it */
export function paused(cluster: string, { why, by }: { why?: string | undefined; by?: string | undefined }): Happening {
  return {
    event: 'paused',
    text: why === undefined ? `${cluster} is paused` : `${cluster} is held: ${why}`,
    commands: [
      { command: `proxyshift resume ${cluster}`, does: 'goes on, with the cluster as it is' },
      rollback(cluster),
      abort(cluster),
    ],
    by: why === undefined ? by : undefined,
  };
}

/** The run waits for a maintenance window, and none opens again. @param why as the end of a sentence */
export function noWindowOpens(cluster: string, why: string): Happening {
  return {
    event: 'paused',
    text: `${cluster} waits for a person: no maintenance window opens again (${why})`,
    commands: [rollback(cluster), abort(cluster)],
  };
}

/** What was done is being undone. */
export function turnedBack(cluster: string, { message, nodes = [] }: FailureRecord): Happening {
  return {
    event: 'failed',
    text: `${cluster} has failed and is being rolled back: ${message}`,
    commands: [watch(cluster), report(cluster)],
    failure: message,
    nodes: nodes.map(({ node }) => node),
  };
}

/** The run ended without a report, before it wrote anything. */
export function notStarted(cluster: string, failure: string): Happening {
  return {
    event: 'failed',
    text: `${cluster}: the run has failed before anything was written: ${failure}`,
    commands: [{ command: `proxyshift start ${cluster}`, does: 'begins anew, when that is mended' }],
    failure,
  };
}

/** An undo step does not succeed. */
export function rollbackStuck(cluster: string, what: string, failure: string): Happening {
  return {
    event: 'rollback-stuck',
    text: `${cluster}: the rollback needs a person: "${what}" does not succeed: ${failure}`,
    commands: [
      { command: `proxyshift resume ${cluster}`, does: 'tries at once, when it is mended' },
      watch(cluster),
      report(cluster),
    ],
    failure,
  };
}

/** What is known of a run at its end. */
export interface Ending {
  outcome: Outcome;
  by?: string | undefined;
  failure?: string | undefined;
  findings: readonly Finding[];
  /** Nodes that the run went on without. */
  leftBehind: readonly string[];
}

/** The run has ended. */
export function ended(cluster: string, { outcome, by, failure, findings, leftBehind }: Ending): Happening {
  const found = blockers(findings).map(({ code, message }) => `${code} ${message}`);
  const why =
    failure ?? (outcome === 'blocked' && found.length > 0 ? someOf(found, MOST_FINDINGS).join('; ') : undefined);
  const left = leftBehind.length > 0 ? `; ${leftBehind.length} left behind` : '';
  const event = outcome === 'rolled-back' ? 'rolled-back' : outcome === 'blocked' ? 'failed' : 'done';
  return {
    event,
    text: `${cluster} has ended as ${outcome}: ${outcomeMeaning[outcome]}${left}${why === undefined ? '' : ` (${why})`}`,
    commands: [report(cluster)],
    by,
    failure: why,
    nodes: leftBehind,
  };
}

function people({ approval: { count, require } }: Plan): string {
  const signed = require === 'signed' ? 'signed ' : '';
  return count > 1 ? `${count} ${signed}approvals` : `the ${signed}approval`;
}

function signing({ approval: { require } }: Plan): string {
  return require === 'signed' ? ' --sign-with KEY' : '';
}

/** What a plan does, in a few words. */
function inShort(plan: Plan): string {
  const { kubeProxy, calico, ebpf, rollback: back } = plan;
  const count = countNodes(plan);
  const nodes = `${count} ${count === 1 ? 'node' : 'nodes'}`;
  if (back) return `${nodes} back to what ${back.snapshot.name} has`;
  if (ebpf) return `${nodes} to Calico's eBPF mode`;
  const proxy = kubeProxy.needed ? `kube-proxy from ${kubeProxy.from} to ${kubeProxy.to}` : 'kube-proxy as it is';
  return `${nodes}, ${proxy}${calico?.needed ? ', and Calico' : ''}`;
}

function watch(cluster: string): CommandHint {
  return { command: `proxyshift status ${cluster} --watch`, does: 'follows it' };
}

function report(cluster: string): CommandHint {
  return { command: `proxyshift report ${cluster}`, does: 'says what was seen and done' };
}

function abort(cluster: string): CommandHint {
  return { command: `proxyshift abort ${cluster}`, does: 'leaves the cluster as it is' };
}

function rollback(cluster: string): CommandHint {
  return { command: `proxyshift rollback ${cluster}`, does: 'undoes everything' };
}
