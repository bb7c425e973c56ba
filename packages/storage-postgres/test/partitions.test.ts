import { randomUUID } from "node:crypto";
import { newLease, newRun, nextChange } from "@abstractruntime/testkit/conformance";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { conformancePool, conformanceSchemas, describeRuns, slice } from "./conformance.ts";
import { ask, startDatabase, type TestDatabase } from "./database.ts";
import { pageSql } from "./page-sql.ts";

/** What the page has a DBA put into the plan, and run where runs are there already. */
const [planned = "", later = ""] = pageSql("partition-a-postgres-ledger.md");

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await startDatabase();
  await ask(database.url, partitionedPlan(conformanceSchemas.runs));
  pool = conformancePool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

/** The SQL of the schema, edited as the page says. */
function partitionedPlan(schema: string): string {
  const ledger = planned.replaceAll("abstractruntime", schema);
  const plan = PostgresStore.plan(schema);
  const whole = plan.match(/create table "\w+"\.ledger \(.*?\);\n/s)?.[0] ?? "";
  expect(ledger).toContain(whole.slice(0, whole.indexOf(");"))); // the page has all columns
  return plan.replace(whole, () => ledger);
}

/** How many rows each table of a ledger has. */
async function rowsOf(schema: string): Promise<ReadonlyMap<string, number>> {
  const rows = await ask<{ name: string; count: number }>(
    database.url,
    `select tableoid::regclass::text as name, count(*)::integer as count from ${schema}.ledger group by 1`,
  );
  return new Map(rows.map(({ name, count }) => [name.replace(/^.*\./, ""), count]));
}

describeRuns("PostgresStore on a partitioned ledger", () => pool, slice);

describe("a ledger that is partitioned with runs in it", () => {
  it("has every record as it was, and takes the next, from stores that had it open", async () => {
    const schema = `s_${randomUUID().replaceAll("-", "")}`;
    await using store = await PostgresStore.open({ connectionString: database.url, schema });
    const runs = await Promise.all(
      Array.from({ length: 50 }, () => store.create(newRun({ lease: newLease() }))),
    );
    const before = await Promise.all(runs.map(({ stored }) => store.recordTexts(stored.run.runId)));
    expect(await rowsOf(schema)).toEqual(new Map([["ledger", 50]]));
    await ask(database.url, later.replaceAll("abstractruntime", schema));
    expect((await rowsOf(schema)).size).toBeGreaterThan(8);
    const after = await Promise.all(runs.map(({ stored }) => store.recordTexts(stored.run.runId)));
    expect(after).toEqual(before);
    await Promise.all(runs.map(({ stored }) => store.commit(nextChange(stored))));
    const counts = [...(await rowsOf(schema)).values()];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(100);
    const names = (await store.stats()).tables.map(({ table }) => table);
    expect(names).toContain("ledger_15");
  });
});
