import { defineWorkflow, complete, isAbstractRuntimeError, Runtime } from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { claimRequest, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask, startDatabase, type TestDatabase } from "../../test/database.ts";
import { PostgresStore } from "../postgres-store.ts";

const workflow = defineWorkflow({ id: "now", entry: "a", nodes: { a: () => complete("done") } });

let database: TestDatabase;
let store: PostgresStore;

beforeAll(async () => {
  database = await startDatabase();
  store = await PostgresStore.open({ connectionString: database.url });
});
afterAll(async () => {
  await store.close();
  await database.stop();
});

it("gives the others out, when one run that is due can't be read, and reports that one when it is alone", async () => {
  const runtime = new Runtime({ store, workflows: [workflow], closesStore: false });
  for (const id of ["good", "lost"]) await runtime.start(workflow, { id, drive: false });
  await ask(database.url, "delete from abstractruntime.ledger where run_id = 'lost'");
  const { runs } = await runtime.claimDue({ limit: 10 });
  expect(runs.map(({ runId }) => runId)).toEqual(["good"]);
  await ask(
    database.url,
    "update abstractruntime.runs set due_ms = 0, wake_ms = 0 where run_id = 'lost'",
  );
  const alone = await runtime.claimDue({ limit: 10 }).catch((error: unknown) => error);
  expect(isAbstractRuntimeError(alone, "store_corrupt")).toBe(true);
});

it("says when a lease ends whose run was written since it began", async () => {
  const clock = new VirtualClock();
  const pool = { connectionString: database.url, schema: "leases", clock };
  await using held = await PostgresStore.open(pool);
  const given = newRun({ lease: { leaseId: "mine", owner: "me", leaseMs: 30_000 } });
  const { stored } = await held.create(given);
  await clock.advance(10_000);
  const lease = { leaseId: "mine", owner: "me", leaseMs: 30_000 };
  await held.commit(nextChange(stored, { lease }));
  await clock.advance(25_000);
  const { runs, nextWakeAt } = await held.claimDue(claimRequest());
  expect(runs).toEqual([]);
  expect(nextWakeAt).toBe(new Date(clock.now() + 5_000).toISOString());
});
