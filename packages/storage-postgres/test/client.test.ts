import { complete, createClient, defineWorkflow, Runtime, waitEvent } from "@abstractruntime/core";
import { expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { startDatabase } from "./database.ts";

const order = (version: string) =>
  defineWorkflow({
    id: "order",
    version,
    entry: "pay",
    nodes: {
      pay: () => waitEvent({ name: "paid", scope: "session", resultKey: "paid", next: "end" }),
      end: (run) => complete({ version, for: run.vars.for, paid: run.vars.paid }),
    },
  });

it("a client of one process starts and tells a run that another drives, by the version it names", async () => {
  const database = await startDatabase();
  const open = (): Promise<PostgresStore> =>
    PostgresStore.open({ connectionString: database.url, schema: "clients" });
  const client = createClient({ store: await open() });
  const runtime = new Runtime({ store: await open(), workflows: [order("1")] });
  const newer = new Runtime({ store: await open(), workflows: [order("2")] });
  const start = { input: { for: "tea" }, id: "run", sessionId: "a:b", version: "2" };
  const run = await client.start("order", start);
  expect((await client.start("order", start)).runId).toBe("run");
  expect((await runtime.claimDue({ limit: 5 })).runs).toEqual([]);
  const { runs } = await newer.claimDue({ limit: 5 });
  for (const due of runs) await due.drive();
  const to = { scope: "session", sessionId: "a:b", eventId: "delivery-1" } as const;
  for (let time = 0; time < 2; time += 1)
    expect((await client.emitEvent("paid", 5, to)).deliveredTo).toEqual(["run"]);
  await newer.tick("run");
  expect(await run.result()).toEqual({ version: "2", for: "tea", paid: 5 });
  expect((await run.ledger()).map(({ kind }) => kind)).toEqual([
    "created",
    "entered",
    "begun",
    "waiting",
    "answered",
    "ended",
  ]);
  for (const one of [client, runtime, newer]) await one.close();
  await database.stop();
});
