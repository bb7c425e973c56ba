// The process that makes three model calls in one run, and is killed in the second.
import { writeSync } from "node:fs";
import { FileStore } from "@abstractruntime/storage-fs";
import { createRemoteRuntime } from "../../src/factories/remote-runtimes.ts";
import { llmCalls, type LlmJob } from "./llm-calls.ts";

const { folder, baseUrl } = JSON.parse(process.argv[2] ?? "") as LlmJob;
const runtime = createRemoteRuntime({
  baseUrl,
  model: "mock",
  apiKey: "sk-a-key-that-nobody-must-find",
  idempotencyHeader: "Idempotency-Key",
  store: await FileStore.open(folder),
  stream: true,
});
const run = await runtime.start(llmCalls, { id: "calls" });
await runtime.run("calls");
writeSync(1, `output ${JSON.stringify(await run.result())}\n`);
await runtime.close();
