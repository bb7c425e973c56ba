import type { Clock, DurableStore, JsonValue } from "@abstractruntime/core/store";
import { simulate, type SimulationOptions } from "@abstractruntime/testkit";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anyWorkflow } from "../../testkit/test/support/any-workflow.ts";
import { familyOf } from "../../testkit/test/support/family.ts";
import { PostgresStore } from "../src/index.ts";
import { emptySchema, startDatabase, type TestDatabase } from "./database.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Math.ceil(Number(process.env["SIMULATION_RUNS"] ?? 100) / 12);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const schema = "simulated";
const anySeed = fc.integer({ min: 1, max: 1_000_000 });
const anyDrivers = fc.integer({ min: 1, max: 4 });

let database: TestDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await startDatabase();
  // Each store prepares statements of its own on each connection.
  pool = new pg.Pool({ connectionString: database.url, max: 4, maxUses: 5_000 });
  pool.on("error", () => {}); // the database may be removed while connections are being closed
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

type Ends = Readonly<Record<string, JsonValue>>;

/** How runs end that processes drive over one empty schema, each call of a store by another of two. */
async function endsOf(options: SimulationOptions): Promise<Ends> {
  let clock: Clock | null = null;
  const open = (): Promise<PostgresStore> =>
    PostgresStore.open({ pool, schema, clock: { now: () => clock?.now() ?? 0 } });
  await using one = await open();
  await using two = await open();
  await emptySchema(pool, schema);
  const store: SimulationOptions["store"] = (of) => {
    clock = of;
    return inTurns(one, two);
  };
  return (await simulate({ ...options, store })).ends;
}

/** A store whose calls are made by several in turns, as those of several processes are. */
function inTurns(...stores: readonly [DurableStore, ...DurableStore[]]): DurableStore {
  let calls = 0;
  return new Proxy(stores[0], {
    get(first, name): unknown {
      const member: unknown = Reflect.get(first, name);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]): unknown => {
        calls += 1;
        return Reflect.apply(member, stores[calls % stores.length], args);
      };
    },
  });
}

describe("random families over PostgreSQL", () => {
  it(
    "come to the same end as in memory, with crashes and however badly the store is reached",
    () =>
      fc.assert(
        fc.asyncProperty(anyWorkflow(), anySeed, anyDrivers, async (spec, chance, drivers) => {
          const family = familyOf(spec);
          const calm = (await simulate({ ...family, seed: chance, drivers: 1 })).ends;
          const faults = { failed: 0.03, lost: 0.03, delayed: 0.05, cutOff: 0.01 };
          const rough = { seed: chance, drivers, crashes: 3, faults, clockSkewMs: 3_000 };
          expect(await endsOf({ ...family, ...rough })).toEqual(calm);
        }),
        { numRuns, seed },
      ),
    numRuns * 20_000,
  );
});
