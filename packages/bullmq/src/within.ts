import type { Clock } from "@abstractruntime/core";

/** What `work` gives, or an error when that takes longer than `ms` milliseconds; `work` itself goes on. */
export async function within<Result>(
  clock: Clock,
  ms: number,
  work: Promise<Result>,
): Promise<Result> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.schedule(ms, () => late.reject(new Error(`no answer within ${ms} ms`)));
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    cancel();
  }
}
