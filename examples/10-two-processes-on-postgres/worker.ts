// One process of many: drives whatever is due in the database. Usage: node worker.ts NAME URL
import { Runtime } from "@abstractruntime/core";
import { Scheduler, stopOnSignals } from "@abstractruntime/scheduler";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { effects, order } from "./order.ts";

const [, , name = "", connectionString = ""] = process.argv;
const store = await PostgresStore.open({ connectionString, schema: "example" });
// Who dies is missed after `leaseMs`; until then nobody else touches its runs.
const runtime = new Runtime({ store, workflows: [order], effects, owner: name, leaseMs: 1_000 });
const scheduler = new Scheduler({ runtime });
scheduler.start();
stopOnSignals({
  stop: async (options) => {
    await scheduler.stop(options);
    await runtime.close();
    console.log(`${name}: stopped, holding nothing`);
  },
});
