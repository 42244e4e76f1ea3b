import { between } from '../../model/between.ts';
import { type Outcome, outcomeMeaning } from '../../model/outcome.ts';
import { countNodes } from '../../model/plan-nodes.ts';
import type { Phase, Progress, Step } from '../../model/progress.ts';
import { readable, readableGap } from '../../model/readable.ts';
import type { Report } from '../../model/report.ts';
import { wantedMode } from '../../model/report-facts.ts';
import { someOf } from '../../model/some-of.ts';
import { longestGapOf } from '../../model/traffic-paths.ts';
import { withoutControls } from '../../model/without-controls.ts';
import type { Colors } from '../colors.ts';

const BAR_CELLS = 24;
/** So many nodes are named; all of them with `-o json`. */
const MOST_NODES = 20;
/** The name of a step names up to three nodes itself (`named` in workflows/hand-over.ts). */
const NAMED_BY_STEP = 3;

/** What a phase is called. */
export const phaseNames: Record<Phase, string> = {
  preflight: 'preflight',
  approval: 'waiting for approval',
  snapshot: 'saving the snapshot',
  baseline: 'watching traffic',
  'kube-proxy': 'kube-proxy',
  'node-restarts': 'restart of nodes',
  calico: 'Calico',
  verify: 'verifying',
  soak: 'watching',
  rollback: 'rolling back',
  'rollback-stuck': 'rollback is stuck',
  done: 'done',
};

export interface ProgressLinesOptions {
  colors: Colors;
  /** ms since the epoch. */
  now: number;
  /** Show at most this many steps, the newest. */
  maxSteps?: number;
}

/** Where a run is, as lines: a head with a bar, the steps with their times, and what it waits for. */
export function progressLines(progress: Progress, options: ProgressLinesOptions): string[] {
  const { colors, now, maxSteps = Number.POSITIVE_INFINITY } = options;
  const shown = withoutControls(progress);
  const { cluster, phase, paused, steps, wave, nodes, outcome } = shown;
  const hidden = Math.max(0, steps.length - maxSteps);
  const gap = gapLine(shown);
  const head = [
    colors.bold(cluster),
    outcome ? colorOf(outcome, colors)(outcome) : colors.cyan(phaseNames[phase]),
    ...(paused ? [colors.yellow('paused')] : []),
    ...(wave && !outcome ? [`wave ${wave.current} of ${wave.total}`] : []),
    ...(nodes.total > 0 ? [`${bar(nodes.done, nodes.total, colors)} ${nodes.done}/${nodes.total} nodes`] : []),
  ];
  return [
    head.join('  '),
    ...(hidden > 0 ? [colors.dim(`  … ${hidden} earlier steps`)] : []),
    ...steps.slice(hidden).map((step) => `  ${stepLine(step, colors, now)}`),
    ...nodesLine(shown).map((line) => `      ${colors.dim(line)}`),
    ...(gap ? [`  ${colors.yellow(gap)}`] : []),
    ...(progress.failure ? [`  ${colors.red(`failed: ${shown.failure}`)}`] : []),
    ...(isWaiting(progress) ? [`  ${colors.cyan('●')} waiting for ${shown.waitingFor}`] : []),
    ...shown.byHand.flatMap(({ key, what, nodes }) => [
      `  ${colors.yellow('☞')} ${what}`,
      ...(nodes.length > 0 ? [`      ${someOf(nodes, MOST_NODES).join(', ')}`] : []),
      `      then: proxyshift confirm ${cluster} ${key}`,
    ]),
  ];
}

/** The nodes that are being handed over now, where the step does not name them all. */
export function nodesLine({ underWay = [] }: Progress): string[] {
  return underWay.length > NAMED_BY_STEP ? [`on ${someOf(underWay, MOST_NODES).join(', ')}`] : [];
}

/** How far it is, in words: for where no bar is drawn. Empty where nothing is to be counted. */
export function countLine({ nodes: { done, total, leftBehind = 0 }, wave, outcome }: Progress): string {
  if (total === 0 || outcome !== undefined) return '';
  const left = leftBehind > 0 ? `, ${leftBehind} left behind` : '';
  return `${done} of ${total} nodes done${left}${wave ? `, wave ${wave.current} of ${wave.total}` : ''}`;
}

/** What traffic has lost at worst so far; empty where nothing was lost, or nothing measures it. */
export function gapLine({ longestGap, outcome }: Progress): string {
  if (longestGap === undefined || longestGap.ms === 0) return '';
  const { node, path, ms } = longestGap;
  return `longest time without an answer${outcome === undefined ? ' so far' : ''}: ${readableGap(ms)}, on ${node} by ${path}`;
}

/** One step: how it went, what it was, how long it took. */
export function stepLine(step: Step, colors: Colors, now: number): string {
  const sign = {
    running: colors.cyan('●'),
    done: colors.green('✔'),
    failed: colors.red('✖'),
    cancelled: colors.yellow('–'),
  }[step.result];
  const time = colors.dim(readable(between(step.startedAt, step.endedAt, now)));
  const error = step.error ? `\n      ${colors.red(step.error)}` : '';
  return `${sign} ${step.what}  ${time}${error}`;
}

/** How a run ended, in one line. */
export function outcomeLine(cluster: string, outcome: Outcome, colors: Colors): string {
  return `${colorOf(outcome, colors)(colors.bold(outcome))}  ${cluster}: ${outcomeMeaning[outcome]}`;
}

export function colorOf(outcome: Outcome, colors: Colors): (text: string) => string {
  if (outcome === 'migrated' || outcome === 'nothing-to-do') return colors.green;
  return outcome === 'rollback-stuck' || outcome === 'blocked' ? colors.red : colors.yellow;
}

/** What a person has to do where a rollback does not succeed by itself. */
export function stuckLines(progress: Progress, colors: Colors): string[] {
  const { cluster, waitingFor, failure } = withoutControls(progress);
  return [
    colors.red(colors.bold('The rollback does not succeed by itself and needs a person.')),
    `  It waits for ${waitingFor}.`,
    ...(failure ? [`  What started the rollback: ${failure}`] : []),
    `  The run stays open and tries again by itself; when it is put right: proxyshift resume ${cluster}`,
    `  Follow it: proxyshift status ${cluster} --watch    Evidence: proxyshift report ${cluster}`,
  ];
}

/** The progress of a run that has ended, from its report. */
export function progressOf(report: Report): Progress {
  const longestGap = report.traffic && longestGapOf(report.traffic);
  const reached = report.plan ? report.nodes.filter((proof) => proof.mode === wantedMode(report)).length : 0;
  return {
    cluster: report.cluster,
    phase: 'done',
    paused: false,
    waitingFor: 'nothing: the run has ended',
    nodes: { total: report.plan ? countNodes(report.plan) : 0, done: reached },
    steps: report.steps,
    byHand: [],
    ...(report.planHash ? { planHash: report.planHash } : {}),
    ...(report.failure ? { failure: report.failure.message } : {}),
    ...(report.outcome ? { outcome: report.outcome } : {}),
    ...(longestGap ? { longestGap } : {}),
  };
}

/** Whether the run waits for somebody. Between two steps it does not: then what it waited for is still the last step. */
export function isWaiting({ outcome, paused, steps, waitingFor }: Progress): boolean {
  if (outcome !== undefined) return false;
  return paused || steps.every((step) => step.result !== 'running' && step.what !== waitingFor);
}

function bar(done: number, total: number, colors: Colors): string {
  const full = Math.round((Math.min(done, total) / total) * BAR_CELLS);
  return colors.green('█'.repeat(full)) + colors.dim('░'.repeat(BAR_CELLS - full));
}
