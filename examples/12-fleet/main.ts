// New here: a fleet on PostgreSQL and Redis, whose processes are restarted one after the other while they work.
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createClient } from "@abstractruntime/core";
import { PostgresStore } from "@abstractruntime/storage-postgres";
import { Redis } from "ioredis";
import type { Deed } from "./parcel.ts";

const connectionString =
  process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/postgres";
const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const queue = `example-${randomUUID()}`; // of these workers alone
const done: Deed[] = [];

/** A worker that has begun a step. */
async function startWorker(name: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, "worker.ts");
  const worker = spawn(process.execPath, [script, name, connectionString, redisUrl, queue], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const works = Promise.withResolvers<void>();
  createInterface({ input: worker.stdout }).on("line", (line) => {
    const deed = JSON.parse(line) as Deed;
    if (deed.phase === "did") done.push(deed);
    else works.resolve();
  });
  await works.promise;
  return worker;
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  worker.kill("SIGTERM");
  await once(worker, "close"); // with its last line
}

const store = await PostgresStore.open({ connectionString, schema: "example" });
const client = createClient({ store }); // knows no workflow, and drives nothing
const ordered: string[] = [];
const closing = new AbortController();

/** Sends one parcel after the other. */
async function customer(): Promise<void> {
  while (!closing.signal.aborted) {
    const run = await client.start("parcel");
    ordered.push(run.runId);
    await run.result();
  }
}
const customers = Array.from({ length: 12 }, customer);

const names = ["A", "B", "C"];
const workers = await Promise.all(names.map(startWorker));
console.log("A, B and C are at work");
for (const [index, name] of names.entries()) {
  const worker = workers[index];
  if (worker !== undefined) await stopWorker(worker);
  workers[index] = await startWorker(`${name}2`);
  console.log(`${name} has ended what it had begun, and ${name}2 is at work`);
}
closing.abort();
await Promise.all(customers);
await Promise.all(workers.map(stopWorker));

const steps = new Set(done.map(({ parcel, step }) => `${step} ${parcel}`));
const isMissing = (step: string) => (id: string) => !steps.has(`${step} ${id}`);
for (const step of ["pack", "label", "ship"])
  console.log(`parcels without ${step}:`, ordered.filter(isMissing(step)).length);
console.log("steps done twice:", done.length - steps.size);
console.log("who worked:", [...new Set(done.map(({ worker }) => worker))].toSorted().join(" "));
await client.close();

const redis = new Redis(redisUrl);
await redis.del(await redis.keys(`bull:${queue}:*`)); // what BullMQ keeps for dashboards
redis.disconnect();
