/** Bytes of heap in use once everything that nobody holds is gone. Needs `node --expose-gc`. */
export async function settledHeap(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("run this with node --expose-gc");
  for (let round = 0; round < 3; round += 1) {
    // What is let go in a callback, such as a closed file, is gone only after a turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
