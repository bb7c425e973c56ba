import type { Clock } from "@abstractruntime/core";

/** Whether `work` ends, in whatever way, within `ms` milliseconds. Until then the process is kept alive. */
export async function endsWithin(
  clock: Clock,
  ms: number,
  work: Promise<unknown>,
): Promise<boolean> {
  const inTime = new AbortController();
  const late = clock.sleep(ms, { signal: inTime.signal }).then(
    () => false,
    () => true,
  );
  const ended = work.then(
    () => true,
    () => true,
  );
  const isOver = await Promise.race([ended, late]);
  inTime.abort();
  return isOver;
}
