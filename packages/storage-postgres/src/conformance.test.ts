import type pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { conformancePool, describeExtras, describeRuns } from "../test/conformance.ts";
import { startDatabase, type TestDatabase } from "../test/database.ts";

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await startDatabase();
  pool = conformancePool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

describeRuns("PostgresStore", () => pool);
describeExtras("PostgresStore", () => pool);
