import type { Abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";

/** Longest delay that a platform timer keeps (2^31 - 1 ms, about 25 days); longer ones would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep,
  schedule: (ms, run) => startTimer(ms, run, { keepsAlive: false }),
};

function sleep(ms: number, { signal }: Abortable = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const wake = (): void => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    const cancel = startTimer(ms, wake, { keepsAlive: true });
    const abort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
  });
}

function startTimer(
  ms: number,
  run: () => void,
  { keepsAlive }: { keepsAlive: boolean },
): () => void {
  const endsAt = Date.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const restMs = Math.max(0, endsAt - Date.now());
    timer = restMs > longestTimerMs ? setTimeout(arm, longestTimerMs) : setTimeout(run, restMs);
    if (!keepsAlive) timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
