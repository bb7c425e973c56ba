// One process of the fleet: dispatches and drives. Usage: node worker.ts NAME DATABASE_URL REDIS_URL QUEUE
import { BullFleet } from "@abstractruntime/bullmq";
import { Runtime } from "@abstractruntime/core";
import { stopOnSignals } from "@abstractruntime/scheduler";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { effects, parcel } from "./parcel.ts";

const [, , name = "", connectionString = "", connection = "", queue = ""] = process.argv;
const store = await PostgresStore.open({ connectionString, schema: "example" });
const runtime = new Runtime({ store, workflows: [parcel], effects, owner: name });
const fleet = new BullFleet({ runtime, connection, queue, concurrency: 4 });
fleet.start();
stopOnSignals({
  stop: async (options) => {
    await fleet.stop(options); // what is under way ends, and is committed; the rest is let go
    await runtime.close();
  },
});
