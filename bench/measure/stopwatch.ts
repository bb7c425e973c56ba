/** How long some work took: on the wall, and in this process on all cores (garbage collection included). */
export interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export async function timed(work: () => Promise<void>): Promise<Took> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startedAt) / 1_000, cpuSeconds: (user + system) / 1e6 };
}
