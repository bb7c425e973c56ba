// A process that drives whatever is due, and is killed. What it did is in its file.
import { isAbstractRuntimeError, Runtime } from "@abstractruntime/core";
import pg from "pg";
import { PostgresStore } from "../../src/index.ts";
import { effects } from "./effects.ts";
import { EvidenceWriter } from "./evidence.ts";
import type { Job } from "./job.ts";
import { witnessed } from "./witnessed.ts";
import { workflows } from "./workflows.ts";

/** So many runs are driven at the same time. */
const CAPACITY = 25;

/** Errors with which a driver may leave a run to others. */
const passing = new Set(["run_leased", "lease_lost", "revision_conflict", "inbox_changed"]);

const job = JSON.parse(process.argv[2] ?? "") as Job;
const { add } = new EvidenceWriter(job.evidence);
const pool = new pg.Pool({ connectionString: job.url, max: 5 });
const store = await PostgresStore.open({ pool, schema: job.schema });
const runtime = new Runtime({
  store: witnessed(store, add),
  workflows,
  effects: Object.values(effects),
  context: add,
  owner: job.name,
  leaseMs: 2_000,
});

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
process.once("disconnect", () => process.exit());
const underWay = new Set<Promise<void>>();
let wake = (): void => {};
store.onDue(() => wake());
while (!stop.signal.aborted) {
  const found = await takeDue(CAPACITY - underWay.size);
  for (const runId of found) {
    const driven = drive(runId).finally(() => underWay.delete(driven));
    underWay.add(driven);
  }
  if (found.length === 0 || underWay.size >= CAPACITY) await rest();
}
await Promise.all(underWay);
await runtime.close();
process.exit();

/**
 * Runs that are due. The runtime claims what it drives; now and then they are claimed here, and given back at once, too.
 * Not always, or else workers would take them out of each other's hands for ever.
 */
async function takeDue(limit: number): Promise<readonly string[]> {
  if (limit <= 0) return [];
  try {
    return Math.random() < 0.1 ? await claimAndGiveBack(limit) : await look(limit);
  } catch (error) {
    forgive(error, "claimDue");
    return [];
  }
}

async function look(limit: number): Promise<readonly string[]> {
  const due = `select run_id from ${job.schema}.runs where due_ms <= ${job.schema}.clock_ms() order by random() limit $1`;
  const none = { rows: [] }; // the server is away
  const { rows } = await pool.query<{ run_id: string }>(due, [limit]).catch(() => none);
  return rows.map((row) => row.run_id);
}

async function claimAndGiveBack(limit: number): Promise<readonly string[]> {
  const leaseIds = Array.from({ length: limit }, () => crypto.randomUUID());
  const request = { owner: job.name, leaseMs: 2_000, limit, leaseIds };
  const { runs, now } = await store.claimDue(request);
  const backs = runs.map(({ run: { runId }, head: { leaseId, inboxSeq } }) =>
    store
      .giveBack({ runId, leaseId: leaseId ?? "", inboxSeq, wakeAt: now })
      .catch((error: unknown) => forgive(error, "giveBack")),
  );
  await Promise.all(backs);
  return runs.map(({ run }) => run.runId);
}

async function drive(runId: string): Promise<void> {
  try {
    await runtime.tick(runId, { maxSteps: Math.random() < 0.3 ? 2 : 100 });
  } catch (error) {
    forgive(error, `tick of ${runId}`);
  }
}

function forgive(error: unknown, what: string): void {
  const code = isAbstractRuntimeError(error) ? error.code : "";
  if (passing.has(code) || code === "store_unavailable") return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  add({ kind: "fault", text: `${what}: ${text}` });
}

/** Until something becomes due, or a moment has passed. */
function rest(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 50);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
