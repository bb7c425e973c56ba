// New here: branches, which run at the same time, and a join. One of them waits for a person while the others finish.
import {
  askUser,
  branches,
  complete,
  defineEffect,
  defineWorkflow,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";

const search = defineEffect({
  type: "search",
  replay: "safe",
  perform: async ({ topic }: { topic: string }) => {
    console.log(`searching for ${topic}`);
    return { pages: topic.length };
  },
});

const research = defineWorkflow({
  id: "research",
  entry: "spread",
  nodes: {
    spread: () =>
      branches(
        [
          { node: "search", vars: { topic: "tea" } },
          { node: "ask" },
          { node: "search", vars: { topic: "coffee" } },
        ],
        { resultKey: "found", next: "write" },
      ),
    search: (run) => search({ topic: run.vars.topic }, { resultKey: "hits", next: "searched" }),
    searched: (run) => complete(`${run.vars.topic}: ${run.vars.hits.pages} pages`),
    ask: () => askUser({ prompt: "What do you know?", resultKey: "said", next: "asked" }),
    asked: (run) => complete(`a person: ${run.vars.said}`),
    write: (run) =>
      complete(run.vars.found.results.map((child: { output: string }) => child.output)),
  },
});

const runtime = new Runtime({ store: new MemoryStore(), effects: [search] });
const run = await runtime.start(research);
const { items } = await runtime.listRuns({ parentRunId: run.runId, status: "waiting" });
const [asking] = items;
console.log("waiting for", items.length, "branch:", asking?.waiting?.prompt);
if (asking?.waiting)
  await runtime.resume(asking.runId, "water is better", { waitId: asking.waiting.waitId });
console.log(await run.result());
await runtime.close();
