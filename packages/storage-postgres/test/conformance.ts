import {
  describeArtifactStore,
  describeDurableStore,
  describeSnapshotStore,
  type TestRunner,
} from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { PostgresStore } from "../src/index.ts";
import { emptySchema } from "./database.ts";

/** The schemas that the suites use: for runs, and for artifacts and snapshots. */
export const conformanceSchemas = { runs: "conformance", extras: "extras" } as const;

const { runs: schema, extras } = conformanceSchemas;

/** Themes of the runs' suite that send every kind of statement: a slice of it that takes a third of the time. */
export const slice: readonly string[] = [
  "commit",
  "commit, sent again because its answer was lost",
  "claimDue",
  "leases",
  "deliveries that race the run's driver",
  "children and messages of a commit",
  "joins",
  "a fork",
  "records and recordTexts",
  "purge",
];

/**
 * Register the suite of runs.
 *
 * @param poolOf gives the pool once cases run
 * @param themes of the suite; all by default
 */
export function describeRuns(
  name: string,
  poolOf: () => pg.Pool,
  themes?: readonly string[],
): void {
  /** Whose data is in the schema. Cases come one after another, and making a schema for each takes minutes. */
  let inhabitant = "";
  const missing = new Set(themes);
  const register: TestRunner["describe"] = describe;
  const registerTheme: TestRunner["describe"] = (title, body) => {
    const isWanted = themes === undefined || title.startsWith(name) || missing.delete(title);
    return isWanted ? register(title, body) : undefined;
  };
  describeDurableStore(
    name,
    {
      open: async ({ place, clock }) => {
        const store = await PostgresStore.open({ pool: poolOf(), schema, clock });
        if (place !== inhabitant) await emptySchema(poolOf(), schema);
        inhabitant = place;
        return store;
      },
    },
    { describe: registerTheme, it, expect },
  );
  afterAll(() => expect([...missing]).toEqual([]));
}

/** Register the suites of artifacts and snapshots. */
export function describeExtras(name: string, poolOf: () => pg.Pool): void {
  /** Artifacts and snapshots of a new store; of the same again when `isAgain`. */
  const open = async ({ isAgain = false, graceMs = 0 } = {}): Promise<PostgresStore> => {
    const store = await PostgresStore.open({ pool: poolOf(), schema: extras, graceMs });
    if (!isAgain) await emptySchema(poolOf(), extras);
    return store;
  };
  describeArtifactStore(
    `${name}'s artifacts`,
    {
      open: async (options) => (await open(options)).artifacts,
      reopen: async (store) => {
        await store.close();
        return (await open({ isAgain: true })).artifacts;
      },
      damage: async (_store, artifactId) => {
        await poolOf().query(
          `update ${extras}.artifact_chunks set bytes = set_byte(bytes, 0, 33) where content_id =
            (select content_id from ${extras}.artifacts where artifact_id = $1)`,
          [artifactId],
        );
      },
    },
    { describe, it, expect },
  );
  describeSnapshotStore(
    `${name}'s snapshots`,
    {
      open: async () => (await open()).snapshots,
      reopen: async (store) => {
        await store.close();
        return (await open({ isAgain: true })).snapshots;
      },
    },
    { describe, it, expect },
  );
}

/** A pool for the suites. Their stores each prepare statements of their own on each connection. */
export function conformancePool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 8, maxUses: 1_000 });
  pool.on("error", () => {}); // the database may be removed while connections are being closed
  return pool.setMaxListeners(0); // the suites close no store whose artifacts or snapshots they have
}
