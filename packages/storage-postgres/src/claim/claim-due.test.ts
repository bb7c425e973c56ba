import { defineWorkflow, complete, isAbstractRuntimeError, Runtime } from "@abstractruntime/core";
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
