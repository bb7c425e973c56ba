// The process that drives an agent over files, and is killed. What its tool did stands in a journal, in one synchronous write.
import { appendFileSync, writeSync } from "node:fs";
import { Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { defineTool, reactAgent, RemoteLlmClient } from "../../../src/index.ts";

/** What a process is to do. */
export interface AgentJob {
  readonly folder: string;
  /** A line for each execution of the tool. */
  readonly journal: string;
  readonly baseUrl: string;
  /** The page at which the tool never comes back. */
  readonly hangsAt?: number;
  /** The process kills itself when so many commits are on the disk. */
  readonly dieAfterCommit?: number;
}

const job = JSON.parse(process.argv[2] ?? "") as AgentJob;
const say = (line: string): void => void writeSync(1, `${line}\n`);

const look = defineTool({
  name: "look",
  description: "Looks at a page",
  replay: "safe",
  execute: ({ page }: { page: number }, { idempotencyKey }) => {
    appendFileSync(job.journal, `${JSON.stringify({ page, idempotencyKey })}\n`);
    if (page !== job.hangsAt) return `page ${page}`;
    say("hangs");
    setInterval(() => {}, 1_000); // what keeps a process alive that waits for somebody
    return new Promise(() => {});
  },
});

const store = await FileStore.open(job.folder);
const commit = store.commit.bind(store);
let commits = 0;
store.commit = async (change, options) => {
  const committed = await commit(change, options);
  commits += 1;
  if (commits === job.dieAfterCommit) process.kill(process.pid, "SIGKILL");
  return committed;
};

const llm = new RemoteLlmClient({ baseUrl: job.baseUrl, model: "mock" });
const agent = reactAgent({ llm, tools: [look] });
await using runtime = new Runtime({ store, effects: agent.effects });
const run = await runtime.start(agent, { vars: { task: "Read." }, id: "agent" });
await run.run();
say(JSON.stringify(await run.result()));
