import type { Cluster } from '../cluster/connect.ts';

/** How much the newest start counts against those before. */
const WEIGHT = 0.3;
/** A kube-proxy is asked a little before it is expected to answer. */
const EARLY = 0.8;
/** No start is waited for longer without asking (ms): what was learned on another node may be wrong here. */
const LONGEST_MS = 15_000;

/** By cluster: what a kube-proxy took, from its container running to its first answer (ms), as this worker has seen it. */
const learned = new Map<string, number>();

/**
 * How long to wait before a kube-proxy that has just started is asked for the first time (ms). It listens only after its
 * clean-up, which takes seconds on real nodes, and each question before that is a request to the API server for nothing. It
 * decides when to ask, and nothing else.
 */
export function firstAskAfterMs({ uid }: Cluster): number {
  return Math.min(LONGEST_MS, (learned.get(uid) ?? 0) * EARLY);
}

/** A kube-proxy that was watched from its start has answered after so long (ms). */
export function learnStart({ uid }: Cluster, tookMs: number): void {
  const before = learned.get(uid);
  learned.set(uid, before === undefined ? tookMs : before + (tookMs - before) * WEIGHT);
}
