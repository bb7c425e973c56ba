import { randomUUID } from "node:crypto";
import { Annotation, Command, END, interrupt, START, StateGraph } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";
import { inParallel } from "../measure/in-parallel.ts";
import { timed } from "../measure/stopwatch.ts";
import { untilTime } from "../measure/until-time.ts";
import { StepNotes } from "../workload/step-notes.ts";
import { type Document, documentsOf, noteOf, textOf } from "../workload/texts.ts";
import type { Contender } from "./contender.ts";

/** No more were any faster at 50 threads at a time: of 5, 10, 20 and 50. */
const POOL_SIZE = 10;

let notes: StepNotes | null = null;

const counted = new StateGraph(
  Annotation.Root({
    n: Annotation<number>,
    steps: Annotation<number>,
    last: Annotation<{ readonly seen: number }>,
  }),
)
  .addNode("count", async ({ n }) => ({ n: n + 1, last: { seen: n + 1 } }))
  .addEdge(START, "count")
  .addConditionalEdges("count", ({ n, steps }) => (n < steps ? "count" : END));

const grown = new StateGraph(
  Annotation.Root({
    n: Annotation<number>,
    steps: Annotation<number>,
    texts: Annotation<string[]>({ reducer: (all, more) => [...all, ...more], default: () => [] }),
  }),
)
  .addNode("grow", async ({ n }) => {
    await notes?.note();
    return { n: n + 1, texts: [textOf(n, 1_000)] };
  })
  .addEdge(START, "grow")
  .addConditionalEdges("grow", ({ n, steps }) => (n < steps ? "grow" : END));

interface Edit {
  readonly index: number;
  readonly note: string;
}

const edited = new StateGraph(
  Annotation.Root({
    n: Annotation<number>,
    steps: Annotation<number>,
    documents: Annotation<Document[], Document[] | Edit>({
      reducer: (all, change) => ("index" in change ? withEdit(all, change) : change),
      default: () => [],
    }),
  }),
)
  .addNode("edit", async ({ n, documents }) => {
    await notes?.note();
    return { n: n + 1, documents: { index: n % documents.length, note: noteOf(n) } };
  })
  .addEdge(START, "edit")
  .addConditionalEdges("edit", ({ n, steps }) => (n < steps ? "edit" : END));

const asked = new StateGraph(Annotation.Root({ answer: Annotation<string> }))
  .addNode("ask", async () => ({ answer: interrupt<string, string>("Go on?") }))
  .addEdge(START, "ask")
  .addEdge("ask", END);

/** LangGraph.js with its PostgreSQL checkpointer: each node is a superstep, stored before the next begins. */
export async function open(url: string): Promise<Contender> {
  const pool = new pg.Pool({ connectionString: url, max: POOL_SIZE });
  const checkpointer = new PostgresSaver(pool);
  await checkpointer.setup();
  const counting = counted.compile({ checkpointer });
  const growing = grown.compile({ checkpointer });
  const editing = edited.compile({ checkpointer });
  const asking = asked.compile({ checkpointer });
  return {
    pool,
    async steps({ steps, concurrency, milliseconds }) {
      return untilTime(milliseconds, concurrency, async () => {
        const { last } = await counting.invoke({ n: 0, steps }, thread(randomUUID(), steps));
        if (last.seen !== steps) throw new Error(`${steps} steps saw ${last.seen}`);
      });
    },
    async answers({ runs, concurrency }) {
      const ids = Array.from({ length: runs }, () => randomUUID());
      await inParallel(runs, POOL_SIZE, async (index) => {
        await asking.invoke({}, thread(ids[index] ?? ""));
      });
      const took = await timed(() =>
        inParallel(runs, concurrency, async (index) => {
          const goOn = new Command<string, { answer?: string }, "ask">({ resume: "yes" });
          const { answer } = await asking.invoke(goOn, thread(ids[index] ?? ""));
          if (answer !== "yes") throw new Error(`${ids[index]} got no answer`);
        }),
      );
      return { seconds: took.seconds, runs, samples: [] };
    },
    async growing({ steps }) {
      notes = new StepNotes(pool, steps);
      await growing.invoke({ n: 0, steps }, thread(randomUUID(), steps));
      return notes.turn(1_000);
    },
    async editing({ steps, kilobytes }) {
      notes = new StepNotes(pool, steps);
      const documents = documentsOf(kilobytes);
      await editing.invoke({ n: 0, steps, documents }, thread(randomUUID(), steps));
      return notes.turn(100);
    },
    async [Symbol.asyncDispose]() {
      await checkpointer.end();
    },
  };
}

// The graph's own types say what this is.
function thread(id: string, steps = 1) {
  return {
    configurable: { thread_id: id },
    durability: "sync" as const,
    recursionLimit: steps + 10,
  };
}

function withEdit(documents: readonly Document[], { index, note }: Edit): Document[] {
  return documents.map((document, at) => (at === index ? { ...document, note } : document));
}
