// What all processes of a campaign have in common that drive by a scheduler or as a part of a fleet.
import { setTimeout } from "node:timers/promises";
import { isAbstractRuntimeError, Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { effects } from "../../../storage-postgres/test/crash/effects.ts";
import { EvidenceWriter } from "../../../storage-postgres/test/crash/evidence.ts";
import type { Job } from "../../../storage-postgres/test/crash/job.ts";
import { witnessed } from "../../../storage-postgres/test/crash/witnessed.ts";
import { workflows } from "../../../storage-postgres/test/crash/workflows.ts";

export const LEASE_MS = 2_000;

/** A process with a job: what it drives with, and what it says. */
export interface DriverProcess {
  readonly job: Job;
  readonly runtime: Runtime;
  /** A run that can't be driven is a fault, unless the database is away, or its drivers were killed so often that it was parked. */
  readonly onRunFailed: (runId: string, error: Error) => void;
}

/** The process's job is its first argument. */
export async function openProcess(): Promise<DriverProcess> {
  process.once("disconnect", () => process.exit());
  const job = JSON.parse(process.argv[2] ?? "") as Job;
  const { add } = new EvidenceWriter(job.evidence);
  const store = await openStore(job);
  const runtime = new Runtime({
    store: witnessed(store, add),
    workflows,
    effects: Object.values(effects),
    context: add,
    owner: job.name,
    leaseMs: LEASE_MS,
  });
  const onRunFailed = (runId: string, error: Error): void => {
    const isParked = error.message.endsWith("times in vain");
    if (isParked || isAbstractRuntimeError(error, "store_unavailable")) return;
    add({ kind: "fault", text: `${runId}: ${error.stack ?? error.message}` });
  };
  return { job, runtime, onRunFailed };
}

/** Drive until SIGTERM comes, and end in an orderly way. */
export function driveUntilTold(
  runtime: Runtime,
  driver: { start(): void; stop(): Promise<void> },
): void {
  driver.start();
  process.once("SIGTERM", () => {
    void driver
      .stop()
      .then(() => runtime.close())
      .then(() => process.exit());
  });
}

/** The server may be away just now. */
async function openStore({ url, schema }: Job): Promise<PostgresStore> {
  for (;;) {
    try {
      return await PostgresStore.open({ connectionString: url, schema });
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_unavailable")) throw error;
      await setTimeout(50);
    }
  }
}
