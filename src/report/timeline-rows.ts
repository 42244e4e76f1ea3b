import type { Step } from '../model/progress.ts';
import type { Report } from '../model/report.ts';
import { byName } from '../model/report-nodes.ts';
import type { WaveRecord } from '../model/wave-record.ts';
import type { Interval } from './time-scale.ts';

/** What a bar stands for: nodes that were handed over, that failed, that went back, or anything else that the run did. */
export const barKinds = ['done', 'failed', 'back', 'running', 'step', 'wait'] as const;
export type BarKind = (typeof barKinds)[number];

export interface Bar extends Interval {
  kind: BarKind;
}

export interface Row {
  name: string;
  bars: Bar[];
}

/** More nodes than this are shown by wave. */
const MOST_NODES = 48;
/** More waves than this share rows. */
const MOST_WAVES = 60;

/** What the rows of nodes are. */
export type Grouping = 'nodes' | 'waves' | 'several waves';

export interface TimelineRows {
  rows: Row[];
  grouping: Grouping;
}

/**
 * The rows of the timeline: what the run did beside handing nodes over, what it waited for, then nodes or waves.
 * @param now ms since the epoch; what has not ended lasts until then
 */
export function timelineRows(report: Report, now: number): TimelineRows {
  const { rows, grouping } = nodeRows(report.waves, now);
  return { rows: [...phaseRows(report, now), ...waitRows(report, now), ...rows], grouping };
}

function nodeRows(waves: readonly WaveRecord[], now: number): TimelineRows {
  const names = [...new Set(waves.flatMap(({ nodes }) => nodes))];
  const hosts = new Set(names.map(hostOf));
  // The domain of a cluster's nodes says nothing where it is the same.
  const shortName = (node: string) => (hosts.size === names.length ? hostOf(node) : node);
  if (names.length <= MOST_NODES) {
    const rows = names
      .map((node) => ({ node }))
      .sort(byName)
      .map(({ node }) => ({
        name: shortName(node),
        bars: waves
          .filter(({ nodes }) => nodes.includes(node))
          .map((wave) => ({ ...interval(wave, now), kind: kindOf(wave, node) })),
      }));
    return { rows, grouping: 'nodes' };
  }
  const size = Math.ceil(waves.length / MOST_WAVES);
  const rows = Array.from({ length: Math.ceil(waves.length / size) }, (_, at) => {
    const some = waves.slice(at * size, (at + 1) * size);
    return { name: nameOf(some), bars: some.map((wave) => ({ ...interval(wave, now), kind: kindOf(wave) })) };
  });
  return { rows, grouping: size === 1 ? 'waves' : 'several waves' };
}

function hostOf(node: string): string {
  return node.split('.')[0] ?? node;
}

function kindOf({ result, back, failed }: WaveRecord, node?: string): BarKind {
  if (result === 'running') return 'running';
  const hasFailed = node === undefined || failed.length === 0 ? result !== 'done' : failed.includes(node);
  if (hasFailed) return 'failed';
  return back ? 'back' : 'done';
}

/** `wave 3: 12 nodes`; of several: `waves 3–9: 84 nodes`. */
function nameOf(waves: readonly WaveRecord[]): string {
  const [first, last] = [waves[0], waves.at(-1)];
  const number = waves.reduce((sum, { nodes }) => sum + nodes.length, 0);
  const nodes = `${number} ${number === 1 ? 'node' : 'nodes'}`;
  if (first === undefined || last === undefined) return nodes;
  if (first.canary && waves.length === 1) return `canary: ${nodes}`;
  if (first.wave !== undefined && last.wave !== undefined) {
    return first === last ? `wave ${first.wave}: ${nodes}` : `waves ${first.wave}–${last.wave}: ${nodes}`;
  }
  if (first.back && last.back) return `back: ${nodes}`;
  return `${first.again ? 'again' : 'later'}: ${nodes}`;
}

/** Steps by phase, without those of nodes that have rows of their own. */
function phaseRows({ steps, waves }: Report, now: number): Row[] {
  const ofNodes = new Set(waves.map(({ step }) => step));
  const rows = new Map<string, Bar[]>();
  for (const [number, step] of steps.entries()) {
    const bars = rows.get(step.phase) ?? [];
    rows.set(step.phase, bars);
    if (!ofNodes.has(number)) bars.push({ ...interval(step, now), kind: kindOfStep(step) });
  }
  return [...rows].filter(([, bars]) => bars.length > 0).map(([name, bars]) => ({ name, bars: merged(bars) }));
}

function kindOfStep({ result }: Step): BarKind {
  if (result === 'failed') return 'failed';
  return result === 'running' ? 'running' : 'step';
}

/** Bars of one kind that touch are one: a run has thousands of short steps. */
function merged(bars: readonly Bar[]): Bar[] {
  const all: Bar[] = [];
  for (const bar of bars) {
    const last = all.at(-1);
    if (last && last.kind === bar.kind && bar.from - last.to < 1_000) last.to = Math.max(last.to, bar.to);
    else all.push({ ...bar });
  }
  return all;
}

/** What people were waited for: approvals from the end of the step before them, and pauses. */
function waitRows({ messages, steps, endedAt }: Report, now: number): Row[] {
  const end = endedAt === undefined ? now : Date.parse(endedAt);
  const approvals: Bar[] = [];
  const pauses: Bar[] = [];
  let pausedAt: number | undefined;
  for (const { message, at } of messages) {
    const said = Date.parse(at);
    if (message === 'approve' || message === 'reject') {
      const before = steps.flatMap((step) => (step.endedAt && step.endedAt <= at ? [Date.parse(step.endedAt)] : []));
      const from = Math.max(0, ...before);
      if (from > 0) approvals.push({ from, to: said, kind: 'wait' });
    }
    if (message === 'pause') pausedAt ??= said;
    else if (pausedAt !== undefined && ['resume', 'abort', 'rollback'].includes(message)) {
      pauses.push({ from: pausedAt, to: said, kind: 'wait' });
      pausedAt = undefined;
    }
  }
  if (pausedAt !== undefined) pauses.push({ from: pausedAt, to: end, kind: 'wait' });
  return [
    { name: 'approval', bars: approvals },
    { name: 'paused', bars: pauses },
  ].filter(({ bars }) => bars.length > 0);
}

function interval({ startedAt, endedAt }: Pick<Step, 'startedAt' | 'endedAt'>, now: number): Interval {
  return { from: Date.parse(startedAt), to: endedAt === undefined ? now : Date.parse(endedAt) };
}
