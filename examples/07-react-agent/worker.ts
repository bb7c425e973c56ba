// One process: opens the folder of runs, starts the agent or goes on with it, and says what its tools do.
import {
  approve,
  createHybridRuntime,
  openApprovals,
  reactAgent,
} from "@abstractruntime/abstractcore";
import { FileStore } from "@abstractruntime/storage-fs";
import { endpointOf } from "./endpoint.ts";
import { fileTools } from "./file-tools.ts";

const [documents = ".", data = "./data", consent] = process.argv.slice(2);
const endpoint = endpointOf(process.env);
if (endpoint === null) throw new Error("start it by main.ts, which says where the model is");

const tools = fileTools(documents, (tool, path, attempt) => {
  console.log(`  ${tool} ${path}, attempt ${attempt}`);
  // Power cuts are hard to order. In the middle of its first attempt, this file gets the next best thing.
  if (path === "tuesday.txt" && attempt === 1) process.kill(process.pid, "SIGKILL");
});

const agent = reactAgent({
  id: "clerk",
  system: "You keep the books of a shop. Look into the files; do not guess.",
  tools,
});

await using runtime = createHybridRuntime({
  ...endpoint,
  agents: [agent],
  store: await FileStore.open(data),
});

// The id is ours, so starting again means going on: the program has no "resume" branch.
const task = "How many lamps were sold, on each day and in all? Write it to report.md.";
const run = await runtime.start(agent, { id: "books-1", vars: { task } });
let { status } = await run.run();
if (consent === "yes")
  while (status === "waiting" && (await agree())) ({ status } = await run.run());

for await (const { prompt, arguments: args } of openApprovals(runtime))
  console.log(`  ${prompt} ${JSON.stringify(args)}`);
if (status !== "waiting") console.log(" ", (await run.result()).answer);

/** Say yes to all calls that wait for it. */
async function agree(): Promise<boolean> {
  let agreed = false;
  for await (const { runId, waitId } of openApprovals(runtime)) {
    await runtime.resume(runId, approve(), { waitId, by: "ada" });
    agreed = true;
  }
  return agreed;
}
