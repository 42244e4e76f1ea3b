import type { LeftBehind } from '../model/node-proof.ts';
import type { ProbePathName, ProbePlan } from '../model/probe-plan.ts';
import type { NodeTraffic, PathSummary, Traffic } from '../model/probe-report.ts';
import { joinSights, type ProbeSight } from '../model/probe-sight.ts';
import type { ProbeLook } from '../model/probe-steps.ts';

/** As many nodes as this are told one by one, whatever they have lost: the report has to go into one payload of Temporal. */
const MOST_TOLD = 500;
/** Of more nodes so many: those that have lost the most. */
const WORST_TOLD = 200;

/** Something that was worse on a path of a node than it may be. */
export interface Loss {
  node: string;
  path: ProbePathName;
  /** The longest time without an answer (ms), how many connections were lost, or for how long nobody can say it (ms). */
  was: { gapMs: number } | { lost: number } | { unknownMs: number };
  /** As much was accepted. */
  limit: number;
  /** Whether it was seen, or is only not known to be otherwise. */
  known: boolean;
}

/** A process that did not run for a moment is no reason to ask a person (ms). */
const UNKNOWN_IS_FINE_MS = 1_000;

type Sights = Map<ProbePathName, ProbeSight>;
type Time = NonNullable<Traffic['run']>;

/** What a path lost over a time may go on in the next one: so all looks are added up, and each is judged with what was before it. */
export class TrafficTally {
  readonly #probe: ProbePlan;
  readonly #baseline = new Map<string, Sights>();
  readonly #run = new Map<string, Sights>();
  readonly #silent = new Map<string, LeftBehind>();
  #times: { baseline?: Time; run?: Time } = {};
  #longestGap: { node: string; path: ProbePathName; ms: number } | undefined;

  constructor(probe: ProbePlan) {
    this.#probe = probe;
  }

  /** The longest time without an answer since the baseline. */
  get longestGap(): { node: string; path: ProbePathName; ms: number } | undefined {
    return this.#longestGap;
  }

  /** Nodes that were not measured, or not all of the time. */
  quiet(nodes: readonly LeftBehind[]): void {
    for (const left of nodes) this.#silent.set(left.node, left);
  }

  /** What was seen before anything was written: what everything later is compared with. */
  addBaseline({ groups, silent }: ProbeLook, time: Time): void {
    this.#times = { baseline: time };
    this.quiet(silent);
    for (const { node, sight } of each(groups)) add(this.#baseline, node, sight);
  }

  /** Adds a later look, which begins where the one before it ended. @returns what is worse in it than the limits of the plan */
  add({ groups, silent }: ProbeLook, { from, to }: Time): Loss[] {
    this.#times = { ...this.#times, run: { from: this.#times.run?.from ?? from, to } };
    this.quiet(silent);
    const losses: Loss[] = [];
    for (const { node, sight } of each(groups)) {
      const worse = this.#judge(node, sight, this.#run.get(node)?.get(sight.path));
      // A node that has joined meanwhile has no probe at first.
      losses.push(...worse.filter(({ known }) => known || this.#baseline.has(node)));
      const { failing } = add(this.#run, node, sight);
      const ms = failing.longest * this.#probe.everyMs;
      if (ms > (this.#longestGap?.ms ?? 0)) this.#longestGap = { node, path: sight.path, ms };
    }
    return losses;
  }

  /** Paths on which nothing was answered in the whole baseline: nothing can be judged by them. */
  deadPaths(): { node: string; path: ProbePathName }[] {
    return [...this.#baseline].flatMap(([node, sights]) =>
      [...sights.values()].flatMap(({ path, samples }) => (samples.ok === 0 ? [{ node, path }] : [])),
    );
  }

  #judge(node: string, sight: ProbeSight, before: ProbeSight | undefined): Loss[] {
    const { everyMs, limits } = this.#probe;
    const { path } = sight;
    const losses: Loss[] = [];
    if (limits.longestGapMs !== undefined) {
      const limit = gapOf(this.#baseline.get(node)?.get(path), everyMs) + limits.longestGapMs;
      const seen = longestIn('failing', sight, before) * everyMs;
      const atMost = longestIn('notOk', sight, before) * everyMs;
      if (seen > limit) losses.push({ node, path, was: { gapMs: seen }, limit, known: true });
      else if (atMost > limit) losses.push({ node, path, was: { gapMs: atMost }, limit, known: false });
    }
    if (limits.lostConnections !== undefined && path === 'held') {
      const [limit, unknownMs] = [limits.lostConnections, sight.samples.unknown * everyMs];
      if (sight.lost > limit) losses.push({ node, path, was: { lost: sight.lost }, limit, known: true });
      else if (unknownMs > UNKNOWN_IS_FINE_MS) losses.push({ node, path, was: { unknownMs }, limit, known: false });
    }
    return losses;
  }

  report(): Traffic {
    const names = [...new Set([...this.#baseline.keys(), ...this.#run.keys()])];
    const all = names.map((node) => this.#ofNode(node)).sort(worstFirst);
    const told = all.length <= MOST_TOLD ? all : all.slice(0, WORST_TOLD);
    const [next] = all.slice(told.length);
    return {
      probe: this.#probe,
      ...this.#times,
      nodes: told.map(({ node, paths }) => ({ node, paths })),
      ...(next ? { others: { nodes: all.length - told.length, longestGapMs: next.longestGapMs } } : {}),
      silent: [...this.#silent.values()],
    };
  }

  #ofNode(node: string): Ranked {
    const baseline = this.#baseline.get(node);
    const run = this.#run.get(node);
    const paths = this.#probe.paths.flatMap((path) => {
      const [before, during] = [baseline?.get(path), run?.get(path)];
      const summary = during ? this.#summary(during) : emptySummary(path);
      if (!before && !during) return [];
      const { path: _, ...was } = before ? this.#summary(before) : summary;
      return [{ ...summary, ...(before ? { baseline: was } : {}) }];
    });
    const longestGapMs = Math.max(0, ...paths.map((path) => path.longestGapMs));
    const failedMs = paths.reduce((sum, path) => sum + path.failedMs, 0);
    return { node, paths, longestGapMs, failedMs };
  }

  #summary({ path, samples, failing, notOk, lost, worst }: ProbeSight): PathSummary {
    const { everyMs, timeoutMs } = this.#probe;
    return {
      path,
      samples,
      lost,
      failedMs: samples.failed * everyMs,
      longestGapMs: failing.longest * everyMs,
      // As `verdictOf` in src/probe/verdict.ts: its ends, and on a held connection an answer may be late.
      longestGapAtMostMs: (notOk.longest + 1) * everyMs + (path === 'held' ? timeoutMs : 0),
      // Not where the longest is known by its length alone.
      ...(worst?.attempts === failing.longest ? { longestGap: { at: worst.at, error: worst.error } } : {}),
    };
  }
}

interface Ranked extends NodeTraffic {
  longestGapMs: number;
  failedMs: number;
}

function worstFirst(one: Ranked, other: Ranked): number {
  const byLoss = other.longestGapMs - one.longestGapMs || other.failedMs - one.failedMs;
  return byLoss || (one.node < other.node ? -1 : 1);
}

/** Nothing was asked: the run ended before. */
function emptySummary(path: ProbePathName): PathSummary {
  const samples = { ok: 0, failed: 0, unknown: 0 };
  return { path, samples, lost: 0, failedMs: 0, longestGapMs: 0, longestGapAtMostMs: 0 };
}

function* each(groups: ProbeLook['groups']): Generator<{ node: string; sight: ProbeSight }> {
  for (const { nodes, paths } of groups) for (const node of nodes) for (const sight of paths) yield { node, sight };
}

/** @returns all of it so far */
function add(to: Map<string, Sights>, node: string, sight: ProbeSight): ProbeSight {
  const sights: Sights = to.get(node) ?? new Map();
  to.set(node, sights);
  const before = sights.get(sight.path);
  const joined = before ? joinSights(before, sight) : sight;
  sights.set(sight.path, joined);
  return joined;
}

/** The longest run of attempts in a look, with those right before it that it goes on with. */
function longestIn(kind: 'failing' | 'notOk', sight: ProbeSight, before: ProbeSight | undefined): number {
  const { head, longest } = sight[kind];
  return Math.max(longest, head === 0 ? 0 : head + (before?.[kind].tail ?? 0));
}

function gapOf(sight: ProbeSight | undefined, everyMs: number): number {
  return (sight?.failing.longest ?? 0) * everyMs;
}
