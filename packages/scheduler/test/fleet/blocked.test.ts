import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { foldRun, Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../../../storage-postgres/test/database.ts";
import { Scheduler } from "../../src/index.ts";
import { blockable, LEASE_MS, workflows } from "./blockable.ts";

let database: TestDatabase;
let runtime: Runtime;
let scheduler: Scheduler;
let worker: ChildProcess;
let line: () => Promise<string>;

beforeEach(async () => {
  database = await startDatabase();
  const store = await PostgresStore.open({ connectionString: database.url });
  const effects = blockable(() => "from the other process");
  runtime = new Runtime({ store, workflows, effects, leaseMs: LEASE_MS });
  scheduler = new Scheduler({ runtime });
  const script = join(import.meta.dirname, "blocking-worker.ts");
  worker = spawn(process.execPath, [script, database.url, `${LEASE_MS * 5}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: worker.stdout ?? process.stdin })[Symbol.asyncIterator]();
  line = async () => String((await lines.next()).value);
});
afterEach(async () => {
  worker.kill("SIGKILL");
  await scheduler.stop();
  await runtime.close();
  await database.stop();
});

/** Let the worker block in a run's effect, another process take the run over, and the worker go on. */
async function blockIn(kind: string): Promise<string> {
  const workflow = workflows.find(({ id }) => id === kind);
  if (workflow === undefined) throw new Error(`no workflow ${kind}`);
  const { runId } = await runtime.start(workflow, { drive: false });
  expect(await line()).toBe("blocked");
  scheduler.start();
  expect(await line()).toBe("free again");
  return runId;
}

async function stopWorker(): Promise<void> {
  const exit = once(worker, "exit");
  worker.kill("SIGTERM");
  expect(await line()).toBe("closed");
  expect(await exit).toEqual([0, null]);
}

it("commits nothing for a process that was blocked for longer than its lease: who took over has the say", async () => {
  const runId = await blockIn("idempotent");
  expect(await runtime.result(runId)).toBe("from the other process");
  await stopWorker();
  const records = await runtime.getLedger(runId);
  expect(foldRun(records)).toEqual(await runtime.getState(runId));
  expect(records.filter(({ kind }) => kind === "completed")).toHaveLength(1);
});

it("keeps what it did, where nobody else may do it again", async () => {
  const runId = await blockIn("never");
  expect(await runtime.result(runId)).toBe("from the blocked process");
  await stopWorker();
  expect(foldRun(await runtime.getLedger(runId))).toEqual(await runtime.getState(runId));
});
