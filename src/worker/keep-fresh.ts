import { setTimeout as delay } from 'node:timers/promises';

export interface KeepFreshOptions<T> {
  /** What is shown before the first look has succeeded. */
  first: T;
  /** For how long a look counts, also one that has failed (ms). */
  freshMs: number;
  /** A reader waits so long for a look (ms), then has what was seen before; the look goes on. */
  patienceMs: number;
}

export interface Fresh<T> {
  /** What the last look that succeeded has seen. */
  value: T;
  /** Whether the last look has succeeded. */
  isUp: boolean;
}

/** Looks when somebody reads and what is known is old. Readers at the same time share one look, and none of them sees it fail. */
export function keepFresh<T>(look: () => Promise<T>, options: KeepFreshOptions<T>): () => Promise<Fresh<T>> {
  const { first, freshMs, patienceMs } = options;
  let known: Fresh<T> = { value: first, isUp: false };
  let lookedAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<void> | undefined;

  const refresh = async () => {
    try {
      known = { value: await look(), isUp: true };
    } catch {
      // Told by `isUp`: whoever reads metrics has an alert for it.
      known = { ...known, isUp: false };
    } finally {
      lookedAt = performance.now();
    }
  };
  return async () => {
    if (underWay === undefined && performance.now() - lookedAt >= freshMs) {
      underWay = refresh().finally(() => {
        underWay = undefined;
      });
    }
    if (underWay !== undefined) {
      const over = new AbortController();
      // It ends by being aborted where the look was faster, which is no error.
      const patience = delay(patienceMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
      await Promise.race([underWay, patience]);
      over.abort();
    }
    return known;
  };
}
