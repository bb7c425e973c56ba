// One process: opens the folder, starts or continues the trip, and says what it does.
import { complete, defineEffect, defineWorkflow, Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";

const book = defineEffect({
  type: "book",
  replay: "idempotent", // a crash in the middle means: again, with the same key
  perform: ({ what }: { what: string }, { attempt }) => {
    console.log(`  booking the ${what}, attempt ${attempt}`);
    // Power cuts are hard to order. In its first attempt, the flight gets the next best thing.
    if (what === "flight" && attempt === 1) process.kill(process.pid, "SIGKILL");
    return { booked: what };
  },
});

const trip = defineWorkflow({
  id: "trip",
  entry: "hotel",
  nodes: {
    hotel: () => book({ what: "hotel" }, { resultKey: "hotel", next: "flight" }),
    flight: () => book({ what: "flight" }, { resultKey: "flight", next: "car" }),
    car: () => book({ what: "car" }, { resultKey: "car", next: "done" }),
    done: ({ vars }) => complete([vars.hotel.booked, vars.flight.booked, vars.car.booked]),
  },
});

const folder = process.argv[2] ?? "./data";
await using runtime = new Runtime({ store: await FileStore.open(folder), effects: [book] });

// The id is ours, so starting again means going on: the program has no "resume" branch.
const run = await runtime.start(trip, { id: "trip-1" });
console.log("  booked:", await run.result());

for (const record of await run.ledger()) {
  const attempt = "attempt" in record ? ` (attempt ${record.attempt})` : "";
  console.log(`  ${record.seq} ${record.nodeId}: ${record.kind}${attempt}`);
}
