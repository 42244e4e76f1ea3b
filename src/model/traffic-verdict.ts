import type { Traffic } from './probe-report.ts';
import { readableGap } from './readable.ts';
import { someOf } from './some-of.ts';
import { isMeasured, type NodePath, nodePaths, pathsOnNodes } from './traffic-paths.ts';

/** So many nodes are named in a sentence. */
export const MOST_NAMED = 5;

/**
 * What the run did to traffic, in sentences; the first one stands alone. None says more than was seen: what is shorter than the
 * interval of the probe may have been lost, and what is not known is said.
 */
export function trafficVerdict(traffic: Traffic): [string, ...string[]] {
  const { run, baseline, others } = traffic;
  const paths = nodePaths(traffic);
  const measured = paths.filter(isMeasured);
  if (run === undefined)
    return [
      baseline
        ? 'Traffic was measured before the first write alone.'
        : 'Traffic was not measured: nothing was read of the probe.',
      ...silentSentence(traffic),
    ];
  if (measured.length === 0)
    return ['Nothing is known of traffic during the run: the probe told of no attempt.', ...silentSentence(traffic)];
  const nodes = nodesOf(measured).length + (others?.nodes ?? 0);
  const failing = measured.filter(({ samples }) => samples.failed > 0);
  return [
    failing.length > 0 ? failedSentence(failing, nodes, traffic) : noneFailedSentence(traffic, nodes),
    ...(failing.length > 0 ? beforeSentence(paths) : []),
    ...lostSentence(measured),
    ...unknownSentence(paths),
    ...othersSentence(traffic),
    ...silentSentence(traffic),
  ];
}

/** Nodes that were not measured, or not all of the time, each with the reason: those that said so, and those that only told nothing. */
export function silentNodes({ silent, nodes, run }: Traffic): { node: string; why: string; lastLines: string[] }[] {
  const said = new Set(silent.map(({ node }) => node));
  const mute = run === undefined ? [] : nodes.filter(({ paths }) => !paths.some(isMeasured));
  const why = 'it told of no attempt during the run';
  return [...silent, ...mute.filter(({ node }) => !said.has(node)).map(({ node }) => ({ node, why, lastLines: [] }))];
}

function noneFailedSentence(traffic: Traffic, nodes: number): string {
  const known = pathsOnNodes(traffic).filter((path) => path.nodes > 0);
  const bounds = Map.groupBy(known, ({ longestGapAtMostMs }) => longestGapAtMostMs);
  const [[shortest = 0] = [], ...longer] = [...bounds].sort(([one], [other]) => one - other);
  const others = longer.map(([ms, paths]) => `${paths.map(({ path }) => path).join(', ')}: ${readableGap(ms)}`);
  const except = others.length > 0 ? ` (${others.join('; ')})` : '';
  const where = traffic.others ? `, on the ${count(traffic.nodes.length, 'node')} that are told one by one` : '';
  const who = nodes === 1 ? 'on the one node' : `on any of ${count(nodes, 'node')}`;
  return `No attempt failed ${who}: nothing longer than ${readableGap(shortest)} was lost${except}${where}.`;
}

function failedSentence(failing: readonly NodePath[], nodes: number, { others }: Traffic): string {
  const failed = nodesOf(failing).length;
  const number =
    others && others.longestGapMs > 0 ? `at least ${failed.toLocaleString('en')}` : failed.toLocaleString('en');
  const [worst] = failing;
  if (worst === undefined) throw new Error('no path failed');
  const { node, path, longestGapMs, longestGapAtMostMs, longestGap } = worst;
  const when = longestGap ? `, from ${longestGap.at.slice(11, 19)} UTC (${longestGap.error})` : '';
  return `Attempts failed on ${number} of ${count(nodes, 'node')}: the longest time without an answer that was seen was ${readableGap(longestGapMs)} (at most ${readableGap(longestGapAtMostMs)}), on ${node} by ${path}${when}.`;
}

function beforeSentence(paths: readonly NodePath[]): string[] {
  const known = paths.flatMap(({ baseline }) => (baseline && isMeasured(baseline) ? [baseline] : []));
  if (known.length === 0) return ['What it was before the run is not known.'];
  const longest = Math.max(...known.map(({ longestGapMs }) => longestGapMs));
  return [
    longest > 0 ? `Before the run the longest was ${readableGap(longest)}.` : 'Before the run no attempt failed.',
  ];
}

function lostSentence(paths: readonly NodePath[]): string[] {
  const losing = paths.filter(({ lost }) => lost > 0);
  const lost = losing.reduce((sum, path) => sum + path.lost, 0);
  if (lost === 0) return [];
  return [`${lost} held ${lost === 1 ? 'connection was' : 'connections were'} lost, on ${named(nodesOf(losing))}.`];
}

/** Of nodes that told something; the others are named as not measured. */
function unknownSentence(paths: readonly NodePath[]): string[] {
  const heard = new Set(nodesOf(paths.filter(isMeasured)));
  const told = paths.filter(({ node }) => heard.has(node));
  const dim = told.filter(({ samples }) => samples.unknown > 0);
  if (dim.length === 0) return [];
  const unknown = dim.reduce((sum, { samples }) => sum + samples.unknown, 0);
  const all = told.reduce((sum, { samples: { ok, failed } }) => sum + ok + failed, unknown);
  const atMost = Math.max(...dim.map(({ longestGapAtMostMs }) => longestGapAtMostMs));
  const is = unknown === 1 ? 'is' : 'are';
  return [
    `${unknown.toLocaleString('en')} of ${count(all, 'attempt')} ${is} not known, on ${named(nodesOf(dim))}: had they failed, up to ${readableGap(atMost)} was lost there.`,
  ];
}

function othersSentence({ others, nodes }: Traffic): string[] {
  if (others === undefined) return [];
  const worst =
    others.longestGapMs > 0
      ? `lost nothing longer than ${readableGap(others.longestGapMs)} that was seen`
      : 'had no attempt that failed';
  return [
    `${count(nodes.length, 'node')} that lost the most are told one by one; ${count(others.nodes, 'other')} ${worst}.`,
  ];
}

function silentSentence(traffic: Traffic): string[] {
  const silent = silentNodes(traffic);
  if (silent.length === 0) return [];
  const whys = someOf(
    silent.map(({ node, why }) => `${node} (${why})`),
    MOST_NAMED,
  );
  return [`Not measured, or not all of the time: ${whys.join(', ')}.`];
}

function nodesOf(paths: readonly NodePath[]): string[] {
  return [...new Set(paths.map(({ node }) => node))];
}

function named(nodes: readonly string[]): string {
  return someOf(nodes, MOST_NAMED).join(', ');
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
