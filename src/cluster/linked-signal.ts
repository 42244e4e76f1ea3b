/** One signal for a call that several things may end. Dispose it when the call is over: it listens to its sources. */
export interface LinkedSignal extends Disposable {
  readonly signal: AbortSignal;
  /** True when the time ran out before any source aborted. */
  readonly timedOut: boolean;
  /** Stops the clock and keeps listening to the sources: for a stream whose headers are there. */
  stopClock(): void;
}

/**
 * Aborts when one of the sources does, with its reason, or after `timeoutMs` with a `TimeoutError`.
 *
 * `AbortSignal.any` with `AbortSignal.timeout` would do it too, but says neither which of them it was nor stops its
 * clock, and leaves a follower on a source that lives as long as an activity.
 */
export function linkSignals(sources: readonly (AbortSignal | undefined)[], timeoutMs?: number): LinkedSignal {
  const controller = new AbortController();
  let timedOut = false;
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = !controller.signal.aborted;
          controller.abort(new DOMException(`no answer within ${timeoutMs} ms`, 'TimeoutError'));
        }, timeoutMs);
  const unlink = sources
    .filter((source) => source !== undefined)
    .map((source) => {
      const abort = () => controller.abort(source.reason);
      if (source.aborted) abort();
      source.addEventListener('abort', abort, { once: true });
      return () => source.removeEventListener('abort', abort);
    });
  const stopClock = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    get timedOut() {
      return timedOut;
    },
    stopClock,
    [Symbol.dispose]() {
      stopClock();
      for (const remove of unlink) remove();
    },
  };
}
