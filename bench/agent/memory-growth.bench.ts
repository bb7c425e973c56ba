// Memory that is left after conversations: one agent after another, each purged when it has answered. Needs node --expose-gc.
import { MemoryStore, Runtime } from "@abstractruntime/core";
import { settledHeap } from "../measure/heap.ts";
import { benchmark } from "../report/benchmark.ts";
import { talkative } from "../workload/talking.ts";

const settings = { turns: 200, agents: 20 };
const sizes = { saidBytes: 1_000, resultBytes: 4_000 };

await benchmark("memory kept by a conversation", settings, async ({ turns, agents }) => {
  await using store = new MemoryStore();
  await converse(store, turns); // what a first conversation loads and compiles stays
  const before = await settledHeap();
  for (let agent = 0; agent < agents; agent += 1) await converse(store, turns);
  const after = await settledHeap();
  const what = `${agents} conversations of ${turns} turns, purged`;
  const spoken = (agents * turns * (sizes.saidBytes + sizes.resultBytes)) / 1e6;
  return [
    { what, value: (after - before) / 1e6, unit: "MB", bar: { atMost: 5 } },
    { what: "what was said in them", value: spoken, unit: "MB" },
    { what: "peak RSS", value: process.resourceUsage().maxRSS / 1_000, unit: "MB" },
  ];
});

async function converse(store: MemoryStore, turns: number): Promise<void> {
  const agent = talkative({ turns, ...sizes });
  await using runtime = new Runtime({ store, effects: agent.effects, closesStore: false });
  const run = await runtime.start(agent, { vars: { task: "Read all pages." } });
  await run.result();
  await store.purge({ endedBefore: "9999-12-31T00:00:00Z" });
  const { items } = await runtime.listRuns();
  if (items.length > 0) throw new Error(`${items.length} runs are left after a purge`);
}
