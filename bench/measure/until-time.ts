/** Do something again and again, so many at a time, until the time is up; what has begun then is finished. */
export async function untilTime(
  milliseconds: number,
  concurrency: number,
  work: () => Promise<void>,
): Promise<{ readonly seconds: number; readonly runs: number; readonly samples: number[] }> {
  const startedAt = performance.now();
  const samples: number[] = [];
  const worker = async (): Promise<void> => {
    do {
      const begunAt = performance.now();
      await work();
      samples.push(performance.now() - begunAt);
    } while (performance.now() - startedAt < milliseconds);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { seconds: (performance.now() - startedAt) / 1_000, runs: samples.length, samples };
}
