// A tool worker that is killed. It says on standard output where it listens.
import { appendFileSync, writeSync } from "node:fs";
import { FileStore } from "@abstractruntime/storage-fs";
import { createToolWorker } from "../../src/tool-worker.ts";
import { workerTools, type WorkerJob } from "./worker-job.ts";

const job = JSON.parse(process.argv[2] ?? "") as WorkerJob;
const tools = workerTools(async (name, { idempotencyKey }) => {
  appendFileSync(job.journal, `${JSON.stringify({ name, idempotencyKey })}\n`);
  writeSync(1, `called ${name}\n`);
  return job.hangs ? new Promise(() => {}) : { did: name };
});
const { token } = job;
const worker = createToolWorker({ store: await FileStore.open(job.folder), tools, token });
writeSync(1, `listens at ${await worker.listen({ port: job.port })}\n`);
