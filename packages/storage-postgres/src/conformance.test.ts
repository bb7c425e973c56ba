import {
  describeArtifactStore,
  describeDurableStore,
  describeSnapshotStore,
} from "@abstractruntime/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptySchema, startDatabase, type TestDatabase } from "../test/database.ts";
import { PostgresStore } from "./index.ts";

const schema = "conformance";

let database: TestDatabase;
let pool: pg.Pool;
/** Whose data is in the schema. Cases come one after another, and making a schema for each takes minutes. */
let inhabitant = "";

beforeAll(async () => {
  database = await startDatabase();
  // Each store prepares statements of its own on each connection.
  pool = new pg.Pool({ connectionString: database.url, max: 8, maxUses: 1_000 });
  pool.on("error", () => {}); // the database may be removed while connections are being closed
  pool.setMaxListeners(0); // the suites close no store whose artifacts or snapshots they have
});
afterAll(async () => {
  await pool.end();
  await database.stop();
});

describeDurableStore(
  "PostgresStore",
  {
    open: async ({ place, clock }) => {
      const store = await PostgresStore.open({ pool, schema, clock });
      if (place !== inhabitant) await emptySchema(pool, schema);
      inhabitant = place;
      return store;
    },
  },
  { describe, it, expect },
);

/** Artifacts and snapshots of a new store; of the same again when `isAgain`. */
async function openExtras({ isAgain = false, graceMs = 0 } = {}): Promise<PostgresStore> {
  const store = await PostgresStore.open({ pool, schema: "extras", graceMs });
  if (!isAgain) await emptySchema(pool, "extras");
  return store;
}

describeArtifactStore(
  "PostgresArtifactStore",
  {
    open: async (options) => (await openExtras(options)).artifacts,
    reopen: async (store) => {
      await store.close();
      return (await openExtras({ isAgain: true })).artifacts;
    },
    damage: async (_store, artifactId) => {
      await pool.query(
        `update extras.artifact_chunks set bytes = set_byte(bytes, 0, 33) where content_id =
          (select content_id from extras.artifacts where artifact_id = $1)`,
        [artifactId],
      );
    },
  },
  { describe, it, expect },
);

describeSnapshotStore(
  "PostgresSnapshotStore",
  {
    open: async () => (await openExtras()).snapshots,
    reopen: async (store) => {
      await store.close();
      return (await openExtras({ isAgain: true })).snapshots;
    },
  },
  { describe, it, expect },
);
