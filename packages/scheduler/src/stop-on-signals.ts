import type { StopOptions } from "./scheduler.ts";

export interface SignalOptions extends StopOptions {
  /** SIGTERM and SIGINT by default. */
  readonly signals?: readonly NodeJS.Signals[];
}

/**
 * Stop gracefully when the process is told to end, and then let the signal do what it does: the exit code is right. The
 * same signal once more ends the process at once.
 *
 * @example
 * stopOnSignals(scheduler, { drainMs: 20_000 });
 *
 * @returns how to take that back
 */
export function stopOnSignals(
  stoppable: { stop(options?: StopOptions): Promise<void> },
  { signals = ["SIGTERM", "SIGINT"], ...options }: SignalOptions = {},
): () => void {
  const forget = (): void => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    void stoppable.stop(options).finally(() => process.kill(process.pid, signal));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return forget;
}
