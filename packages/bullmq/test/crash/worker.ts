// A process of a fleet, which dispatches and drives, and that is killed. What it did is in its file.
import { Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { effects } from "../../../storage-postgres/test/crash/effects.ts";
import { EvidenceWriter } from "../../../storage-postgres/test/crash/evidence.ts";
import type { Job } from "../../../storage-postgres/test/crash/job.ts";
import { workflows } from "../../../storage-postgres/test/crash/workflows.ts";
import { BullFleet } from "../../src/index.ts";

const job = JSON.parse(process.argv[2] ?? "") as Job;
const { add } = new EvidenceWriter(job.evidence);
const store = await PostgresStore.open({ connectionString: job.url, schema: job.schema });
const commit = store.commit.bind(store);
store.commit = async (change, options) => {
  const committed = await commit(change, options);
  const { runId, commitId } = change;
  add({ kind: "committed", runId, revision: change.run.revision, commitId });
  return committed;
};
const runtime = new Runtime({
  store,
  workflows,
  effects: Object.values(effects),
  context: add,
  owner: job.name,
  leaseMs: 2_000,
});
const fleet = new BullFleet({
  runtime,
  connection: process.env["CRASH_REDIS_URL"] ?? "",
  queue: job.schema,
  concurrency: 25,
  maxQueued: 60,
  stepsPerTurn: 7,
  onRunFailed: (runId, error) => {
    const isAway = "code" in error && error.code === "store_unavailable";
    if (!isAway) add({ kind: "fault", text: `${runId}: ${error.stack ?? error.message}` });
  },
});
fleet.start();
process.once("SIGTERM", () => {
  void fleet
    .stop()
    .then(() => runtime.close())
    .then(() => process.exit());
});
