// What the runtime adds to a model call, in memory: calls of a durable run beside the same calls of a bare client.
import {
  llmCallEffect,
  llmResult,
  RemoteLlmClient,
  type LlmClient,
} from "@abstractruntime/abstractcore";
import { MemoryStore, Runtime } from "@abstractruntime/core";
import { LLMock } from "@copilotkit/aimock";
import { median } from "../measure/median.ts";
import { timed } from "../measure/stopwatch.ts";
import { benchmark } from "../report/benchmark.ts";
import { modelCalls, request } from "../workload/model-calls.ts";

const sizes = { calls: 2_000, httpCalls: 200, samples: 7 };
const ANSWER = "There are four lights, and a few more behind the curtain. ".repeat(8);

const answer = llmResult({
  content: ANSWER,
  model: "mock",
  usage: { prompt_tokens: 20, completion_tokens: 100, total_tokens: 120 },
  finish_reason: "stop",
});

/** Answers at once: what is left is the runtime. */
const instant: LlmClient = { generate: async () => answer };

/** Milliseconds of a durable call, and what is added to the bare one; and how many times the bare one it takes. */
interface Compared {
  readonly call: number;
  readonly added: number;
  readonly addedCpu: number;
  readonly ratio: number;
}

interface Load {
  readonly client: LlmClient;
  readonly calls: number;
  readonly stream: boolean;
}

await benchmark("model calls", sizes, async ({ calls, httpCalls, samples }) => {
  const mock = new LLMock({ port: 0, logLevel: "silent", journalMaxEntries: 1 });
  mock.onMessage("How many", { content: ANSWER }, { chunkSize: 10 });
  await mock.start();
  try {
    const remote = new RemoteLlmClient({ baseUrl: mock.url, model: "mock" });
    const inProcess = await compare({ client: instant, calls, stream: false }, samples);
    const http = await compare({ client: remote, calls: httpCalls, stream: false }, samples);
    const streamed = await compare({ client: remote, calls: httpCalls, stream: true }, samples);
    return [
      {
        what: "added to a call in process",
        value: inProcess.added,
        unit: "ms",
        bar: { atMost: 1 },
      },
      { what: "the same by CPU time", value: inProcess.addedCpu, unit: "ms" },
      { what: "a call over HTTP", value: http.call, unit: "ms" },
      { what: "a call over HTTP, beside a bare client", value: http.ratio, unit: "times" },
      { what: "a streamed call", value: streamed.call, unit: "ms" },
      { what: "a streamed call, beside a bare client", value: streamed.ratio, unit: "times" },
    ];
  } finally {
    await mock.stop();
  }
});

/** By turns, so that a busy moment of the machine meets both sides. */
async function compare(load: Load, samples: number): Promise<Compared> {
  const turns: Compared[] = [];
  for (let sample = -1; sample < samples; sample += 1) {
    const durable = await timed(() => callInRun(load));
    const bare = await timed(() => callBare(load));
    if (sample < 0) continue; // the first ones only warm up
    turns.push({
      call: (durable.seconds * 1_000) / load.calls,
      added: ((durable.seconds - bare.seconds) * 1_000) / load.calls,
      addedCpu: ((durable.cpuSeconds - bare.cpuSeconds) * 1_000) / load.calls,
      ratio: durable.seconds / bare.seconds,
    });
  }
  const middle = (what: keyof Compared): number => median(turns.map((turn) => turn[what]));
  return {
    call: middle("call"),
    added: middle("added"),
    addedCpu: middle("addedCpu"),
    ratio: middle("ratio"),
  };
}

async function callInRun({ client, calls, stream }: Load): Promise<void> {
  const effects = [llmCallEffect({ client })];
  await using runtime = new Runtime({ store: new MemoryStore(), effects });
  const run = await runtime.start(modelCalls, { vars: { n: 0, calls, stream } });
  const { status } = await run.state();
  if (status !== "completed") throw new Error(`the run is ${status}`);
}

async function callBare({ client, calls, stream }: Load): Promise<void> {
  let characters = 0;
  const params = { ...request.params, stream };
  for (let n = 0; n < calls; n += 1) {
    const { content } = await client.generate(
      { ...request, params },
      { onDelta: (delta) => (characters += delta.type === "content" ? delta.text.length : 0) },
    );
    characters += content?.length ?? 0;
  }
  if (characters === 0) throw new Error("the bare client heard nothing");
}
