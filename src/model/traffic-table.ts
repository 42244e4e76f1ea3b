import type { PathSummary, Traffic } from './probe-report.ts';
import { readableGap } from './readable.ts';
import { isMeasured, type NodePath, nodePaths } from './traffic-paths.ts';

/** So many paths are shown in a terminal and in a ticket. */
const MOST_ROWS = 40;

/** One path of a node, ready to be shown. */
export interface PathCells {
  node: string;
  path: string;
  /** The longest time without an answer that was seen. */
  longestGap: string;
  atMost: string;
  /** Time without an answer, all in all. */
  failed: string;
  /** Held connections. */
  lost: string;
  /** Attempts: answered, failed, not known. */
  attempts: string;
  /** The longest time without an answer before the run. */
  before: string;
  /** When the longest began, in UTC, and why. */
  why: string;
}

/** @param path of one node, or of all of them */
export function pathCells(path: NodePath): PathCells {
  const { samples, longestGapAtMostMs, failedMs, lost, longestGap, baseline } = path;
  const known = isMeasured(path);
  return {
    node: path.node,
    path: path.path,
    longestGap: gapCell(path),
    atMost: known ? readableGap(longestGapAtMostMs) : '–',
    failed: known && failedMs > 0 ? readableGap(failedMs) : '–',
    lost: path.path === 'held' && known ? String(lost) : '–',
    attempts: attemptsCell(samples),
    before: baseline ? gapCell(baseline) : '–',
    why: longestGap && path.longestGapMs > 0 ? `${longestGap.at.slice(11, 19)} ${longestGap.error}` : '',
  };
}

/** `none seen`: what is shorter than the interval of the probe is not. */
export function gapCell(path: Pick<PathSummary, 'samples' | 'longestGapMs'>): string {
  if (!isMeasured(path)) return 'not known';
  return path.longestGapMs === 0 ? 'none seen' : readableGap(path.longestGapMs);
}

/** `5,980 / 12 / 8`. */
export function attemptsCell({ ok, failed, unknown }: PathSummary['samples']): string {
  return [ok, failed, unknown].map((number) => number.toLocaleString('en')).join(' / ');
}

/** The worst paths of the run as cells of a table, and a line about those that are not in it. */
export function trafficTable(traffic: Traffic): { head: string[]; rows: string[][]; more: string | undefined } {
  const paths = nodePaths(traffic);
  const [next] = paths.slice(MOST_ROWS);
  const left = paths.length - MOST_ROWS;
  const worst =
    next && next.longestGapMs > 0 ? `none longer than ${readableGap(next.longestGapMs)}` : 'no attempt failed';
  return {
    head: ['NODE', 'PATH', 'LONGEST GAP', 'AT MOST', 'FAILED', 'LOST', 'OK / FAILED / UNKNOWN', 'BEFORE', 'WHY'],
    rows: paths.slice(0, MOST_ROWS).map((path) => {
      const { node, path: name, longestGap, atMost, failed, lost, attempts, before, why } = pathCells(path);
      return [node, name, longestGap, atMost, failed, lost, attempts, before, why];
    }),
    more: next && `${left.toLocaleString('en')} more ${left === 1 ? 'path' : 'paths'}: ${worst}; all are in the JSON`,
  };
}
