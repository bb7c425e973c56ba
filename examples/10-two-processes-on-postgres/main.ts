// New here: PostgreSQL, and a second process that takes over at once when the first is killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Runtime } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { order } from "./order.ts";

const connectionString =
  process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres";

/** A worker process, whose lines are ours. */
function startWorker(name: string, onLine: (line: string) => void = () => {}): ChildProcess {
  const script = join(import.meta.dirname, "worker.ts");
  const worker = spawn(process.execPath, [script, name, connectionString], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: worker.stdout }).on("line", (line) => {
    console.log(line);
    onLine(line);
  });
  return worker;
}

const store = await PostgresStore.open({ connectionString, schema: "example" });
const runtime = new Runtime({ store });
const run = await runtime.start(order, { drive: false }); // whoever has room drives

const isShipping = Promise.withResolvers<void>();
const first = startWorker("A", (line) => line.includes("shipping") && isShipping.resolve());
await isShipping.promise;

const second = startWorker("B");
first.kill("SIGKILL");
await once(first, "exit");
console.log("A was killed");

console.log("result:", await run.result());
second.kill("SIGTERM");
await once(second, "close");

for (const record of await run.ledger()) {
  const attempt = "attempt" in record ? ` (attempt ${record.attempt})` : "";
  console.log(`${record.seq} ${record.nodeId}: ${record.kind}${attempt}`);
}
await runtime.close();
