import { PostgresStore } from "@abstractruntime/storage-postgres";
import { describeDurableStore, type TestRunner } from "@abstractruntime/testkit/conformance";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conformancePool,
  conformanceSchemas,
  slice,
} from "../../storage-postgres/test/conformance.ts";
import {
  emptySchema,
  startDatabase,
  type TestDatabase,
} from "../../storage-postgres/test/database.ts";
import { hashChain } from "../src/index.ts";
import { unlinked } from "./unlinked.ts";

const { runs: schema } = conformanceSchemas;
const themes = new Set([...slice, "hash-chained records"]);
let database: TestDatabase;
let pool: pg.Pool;
let inhabitant = "";

beforeAll(async () => {
  database = await startDatabase();
  pool = conformancePool(database.url);
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

const name = "hashChain over PostgreSQL";
const register: TestRunner["describe"] = describe;
const registerSlice: TestRunner["describe"] = (title, body) =>
  title.startsWith(name) || themes.has(title) ? register(title, body) : undefined;

describeDurableStore(
  name,
  unlinked(async ({ place, clock }) => {
    const store = await PostgresStore.open({ pool, schema, clock });
    if (place !== inhabitant) await emptySchema(pool, schema);
    inhabitant = place;
    return hashChain(store);
  }),
  { describe: registerSlice, it, expect },
);
