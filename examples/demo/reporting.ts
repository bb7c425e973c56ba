import { once } from "node:events";
import type { FromWorker, Job, Outcome } from "./messages.ts";
import type { Midway } from "./review/midway.ts";

/** Tell the demo that an effect is in its middle, and stand still until it says "go on". */
export async function midway(where: Midway): Promise<void> {
  const answered = once(process, "message");
  await tell({ type: "midway", where });
  await answered;
}

/** Do the job that the demo gave to this process, tell how it ended, and end. */
export async function doJob(work: (job: Job) => Promise<Outcome>): Promise<never> {
  // Without the demo nobody would say "go on".
  process.once("disconnect", () => process.exit(1));
  try {
    const outcome = await work(JSON.parse(process.argv[2] ?? "") as Job);
    await tell({ type: "stopped", outcome });
  } catch (error) {
    await tell({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  return process.exit();
}

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(message, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
