import { setTimeout as delay } from 'node:timers/promises';
import type { Handover } from '../../src/model/plan.ts';
import { judge, type PathResult } from './judge.ts';
import { type Direction, perform } from './perform.ts';
import type { Stage } from './stage.ts';
import type { Traffic } from './traffic.ts';

/** Watched before each switch, as what it is compared with (ms). */
const BASELINE_MS = 20_000;
/** Clients are left alone for so long after they have started (ms). */
const SETTLE_MS = 10_000;
/** Lines of the clients are on their way for so long at most (ms). */
const FLUSH_MS = 2_000;

/** One run, and what it did to traffic. */
export interface Switch {
  handover: Handover;
  direction: Direction;
  /** The whole run, from its start to its end (ms). */
  tookMs: number;
  /** Before it, without a switch. */
  baseline: PathResult[];
  /** While it went on. */
  during: PathResult[];
  /** By node: connections that IPVS carried when it was taken away, of a hand-over with a stand-by. */
  cut: Record<string, number>;
}

export interface SwitchOptions {
  stage: Stage;
  traffic: Traffic;
  handover: Handover;
  direction: Direction;
  ignoreChecks: readonly string[];
  standbyInStep: () => Promise<void>;
  onProgress: (line: string) => void;
}

/** Baseline, then one whole run, with clients that are new, so that their held connections are of the mode that ends. */
export async function switchUnderTraffic(options: SwitchOptions): Promise<Switch> {
  const { stage, traffic, handover, direction } = options;
  await traffic.renewClients();
  await delay(SETTLE_MS);
  const baselineFrom = Date.now();
  // What is measured is time: there is nothing to await but the clock.
  await delay(BASELINE_MS);
  const from = Date.now();
  const report = await perform(stage, options);
  const to = Date.now();
  await delay(FLUSH_MS);
  const seen = await traffic.observed(baselineFrom, to);
  const asPlanned = report.plan?.kubeProxy.handover;
  if (asPlanned !== handover)
    throw new Error(`nodes were handed over by ${asPlanned}: ${report.plan?.kubeProxy.handoverInstead}`);
  const between = (start: number, end: number) =>
    new Map([...seen].map(([node, all]) => [node, all.filter(({ at }) => at >= start && at < end)]));
  return {
    handover,
    direction,
    tookMs: to - from,
    baseline: judge(between(baselineFrom, from), baselineFrom, from),
    during: judge(between(from, to), from, to),
    cut: Object.fromEntries(report.nodes.flatMap(({ node, cut }) => (cut === undefined ? [] : [[node, cut]]))),
  };
}
