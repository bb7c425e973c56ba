// The process that makes a batch of five tool calls, and is killed. It says on standard output what it does, each line in one
// synchronous write: what was said before a kill is there after it.
import { appendFileSync, writeSync } from "node:fs";
import { isEnded, Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { toolCallsEffects } from "../../src/tools/tool-calls-effects.ts";
import { readToolCall } from "../../src/llm/tool-call.ts";
import { batch, batchTools, calls, type BatchJob } from "./batch.ts";

const job = JSON.parse(process.argv[2] ?? "") as BatchJob;
const store = await FileStore.open(job.folder);
let commits = 0;
let hanging = 0;
let ended = 0;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Everybody who is to hang hangs, and what the others did is committed. */
function look(): void {
  if (hanging === job.hangs.length && ended === calls.length - hanging) say("ready");
}

const commit = store.commit.bind(store);
store.commit = async (change, options) => {
  const committed = await commit(change, options);
  commits += 1;
  if (change.run.workflowId !== batch.id && isEnded(change.run)) {
    say(`ended ${readToolCall(change.run.vars["call"] ?? null).name}`);
    ended += 1;
    look();
  }
  if (commits === job.dieAfterCommit) process.kill(process.pid, "SIGKILL");
  return committed;
};

const tools = batchTools(async (name, { idempotencyKey }) => {
  appendFileSync(job.journal, `${JSON.stringify({ name, idempotencyKey })}\n`);
  if (!job.hangs.includes(name)) return { did: name };
  hanging += 1;
  look();
  setInterval(() => {}, 1_000); // what keeps a process alive that waits for somebody
  return new Promise(() => {});
});
const runtime = new Runtime({ store, workflows: [batch], effects: toolCallsEffects(tools) });
await runtime.start(batch, { id: "batch" });
await runtime.run("batch");
say("rests");
await runtime.close();
