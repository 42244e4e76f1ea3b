const signals = ['SIGINT', 'SIGTERM'] as const;
type ShutdownSignal = (typeof signals)[number];

/** As shells have it: 128 and the number of the signal. */
const exitCodes: Record<ShutdownSignal, number> = { SIGINT: 130, SIGTERM: 143 };

export interface ShutdownSignals extends Disposable {
  /** Aborted by the first SIGINT or SIGTERM. */
  signal: AbortSignal;
}

/** The first signal asks for an orderly end, the second one ends the process at once. */
export function onShutdownSignal(onFirst: (name: ShutdownSignal) => void): ShutdownSignals {
  const controller = new AbortController();
  const listener = (name: ShutdownSignal) => {
    if (controller.signal.aborted) process.exit(exitCodes[name]);
    onFirst(name);
    controller.abort(new Error(`stopped by ${name}`));
  };
  for (const name of signals) process.on(name, listener);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of signals) process.off(name, listener);
    },
  };
}
