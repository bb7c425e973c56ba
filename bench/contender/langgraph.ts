import { randomUUID } from "node:crypto";
import { Annotation, END, START, StateGraph } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";
import { untilTime } from "../measure/until-time.ts";
import type { Contender } from "./contender.ts";

/** No more were any faster at 50 threads at a time: of 5, 10, 20 and 50. */
const POOL_SIZE = 10;

const Counted = Annotation.Root({
  n: Annotation<number>,
  steps: Annotation<number>,
  last: Annotation<{ readonly seen: number }>,
});

const counted = new StateGraph(Counted)
  .addNode("count", async ({ n }) => ({ n: n + 1, last: { seen: n + 1 } }))
  .addEdge(START, "count")
  .addConditionalEdges("count", ({ n, steps }) => (n < steps ? "count" : END));

/** LangGraph.js with its PostgreSQL checkpointer: each node is a superstep, stored before the next begins. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  const checkpointer = new PostgresSaver(pool);
  await checkpointer.setup();
  const counting = counted.compile({ checkpointer });
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      return untilTime(milliseconds, concurrency, async () => {
        const { last } = await counting.invoke({ n: 0, steps }, onNewThread(steps));
        if (last.seen !== steps) throw new Error(`${steps} steps saw ${last.seen}`);
      });
    },
    async [Symbol.asyncDispose]() {
      await checkpointer.end();
    },
  };
}

function onNewThread(steps: number) {
  return {
    configurable: { thread_id: randomUUID() },
    durability: "sync" as const,
    recursionLimit: steps + 10,
  };
}
