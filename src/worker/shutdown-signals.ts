const signals = ['SIGINT', 'SIGTERM'] as const;
type ShutdownSignal = (typeof signals)[number];

/** As shells have it: 128 and the number of the signal. */
const exitCodes: Record<ShutdownSignal, number> = { SIGINT: 130, SIGTERM: 143 };

/**
 * A second signal within this time is the first one again (ms): the terminal sends it to every process in it, and npm,
 * where this runs as an npm script, forwards it once more (npm/run-script, lib/signal-manager.js).
 */
const ECHO_MS = 500;

export interface ShutdownSignals extends Disposable {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
  /** What a process that was stopped by it exits with; 0 before it came. */
  readonly exitCode: number;
}

/** The first signal asks for an orderly end, the second one ends the process at once. */
export function onShutdownSignal(onFirst: (name: ShutdownSignal) => void): ShutdownSignals {
  const controller = new AbortController();
  let firstAt = 0;
  let exitCode = 0;
  const listener = (name: ShutdownSignal) => {
    if (controller.signal.aborted) {
      if (performance.now() - firstAt < ECHO_MS) return;
      process.exit(exitCodes[name]);
    }
    firstAt = performance.now();
    exitCode = exitCodes[name];
    controller.abort(new Error(`stopped by ${name}`));
    onFirst(name);
  };
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}
