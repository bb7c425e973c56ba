import type { Runtime } from "@abstractruntime/core";
import type { PostgresStore } from "@abstractruntime/storage-postgres";

/** Runs that are taken in one claim. */
const LIMIT = 500;

/** Nobody is told of a timer that is set meanwhile and due before the next one. */
const POLL_MS = 250;

/** The smallest scheduler: claim what is due, drive it, sleep until the next is due or the store rings. */
export async function driveDue(
  runtime: Runtime,
  store: PostgresStore,
  signal: AbortSignal,
): Promise<void> {
  let wake: () => void = () => undefined;
  const stopListening = store.onDue(() => wake());
  signal.addEventListener("abort", () => wake());
  const driving = new Set<Promise<unknown>>();
  while (!signal.aborted) {
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const { runs, nextInMs } = await runtime.claimDue({ limit: LIMIT });
    for (const run of runs) {
      const task = run.drive().finally(() => driving.delete(task));
      driving.add(task);
    }
    if (nextInMs === 0) continue;
    const timer = setTimeout(resolve, Math.min(nextInMs ?? POLL_MS, POLL_MS));
    await woken;
    clearTimeout(timer);
  }
  stopListening();
  await Promise.all(driving);
}
