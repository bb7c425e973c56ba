import {
  complete,
  defineWorkflow,
  Runtime,
  MemoryStore,
  type JsonObject,
  type Plan,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { readFixture } from "../../../core/test/fixture.ts";
import {
  llmCallEffect,
  llmResult,
  RemoteLlmClient,
  type LlmRequest,
  type LlmResult,
} from "../../src/index.ts";
import { json, ModelServer } from "./model-server.ts";

interface RemoteCase {
  readonly note: string;
  readonly client: { readonly server_base_url: string; readonly model: string };
  readonly generate: LlmRequest;
  readonly response: { readonly body: object; readonly headers: Record<string, string> };
  readonly request: {
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body: object;
    readonly timeout: number;
  };
  readonly result: LlmResult;
}

interface HandlerCase {
  readonly effect: string;
  readonly note: string;
  readonly run: { readonly actor_id?: string };
  readonly payload: JsonObject;
  readonly generate_called_with: readonly object[];
  readonly outcome: {
    readonly status: string;
    readonly result: JsonObject | null;
    readonly error: string | null;
  };
}

interface NormalisationCase {
  readonly note: string;
  readonly kind: "object" | "response_fields";
  readonly value: JsonObject;
  readonly result: JsonObject;
}

const fixture = JSON.parse(readFixture("integration.json")) as {
  readonly remote_client: readonly RemoteCase[];
  readonly local_normalisation: readonly NormalisationCase[];
  readonly handlers: readonly HandlerCase[];
};
const llmHandlers = fixture.handlers.filter(({ effect }) => effect === "llm_call");

/** The fixture's address, answered on this machine over a socket. */
function routed(server: ModelServer, seen: string[]): typeof fetch {
  return async (input, init) => {
    const { url } = new Request(input);
    seen.push(url);
    return fetch(`${server.url}${new URL(url).pathname}`, init);
  };
}

/** JSON in headers is compared as text, but for `1.0`, which JavaScript reads as 1. */
function oneNumber(text: string): string {
  return text.replaceAll("1.0", "1");
}

describe("0.2.0's remote client", () => {
  it.each(fixture.remote_client)("$note", async (row) => {
    const answer = json(row.response.body, 200, row.response.headers);
    await using server = await ModelServer.start(answer);
    const urls: string[] = [];
    const { server_base_url: baseUrl, model } = row.client;
    const client = new RemoteLlmClient({ baseUrl, model, fetch: routed(server, urls) });

    expect(await client.generate(row.generate)).toEqual(row.result);

    const [request] = server.requests;
    expect(urls).toEqual([row.request.url]);
    expect(request).toMatchObject({ method: "POST" });
    expect(request?.text).toBe(JSON.stringify(row.request.body));
    const trace = Object.entries(request?.headers ?? {}).filter(([name]) => name.startsWith("x-"));
    const expected = Object.entries(row.request.headers);
    expect(Object.fromEntries(trace)).toEqual(
      Object.fromEntries(expected.map(([name, value]) => [name.toLowerCase(), oneNumber(value)])),
    );
  });

  it("gives up after the fixture's 60 seconds without an answer", async () => {
    const clock = new VirtualClock();
    const heard = Promise.withResolvers<void>();
    await using server = await ModelServer.start(() => heard.resolve());
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m", clock });
    const seconds = fixture.remote_client.map(({ request }) => request.timeout);
    expect(new Set(seconds)).toEqual(new Set([60]));
    const answer = client.generate({ prompt: "hi" });
    answer.catch(() => {});
    await heard.promise;
    await clock.advance(59_999);
    expect(clock.timers).toBe(1);
    await clock.advance(1);
    await expect(answer).rejects.toMatchObject({ code: "llm_unavailable", final: false });
  });
});

describe("0.2.0's llm_call handler", () => {
  it.each(llmHandlers)(
    "$note",
    async ({ run, payload, generate_called_with: expected, outcome }) => {
      const calls: unknown[] = [];
      const client = {
        generate: async ({ systemPrompt, ...request }: LlmRequest): Promise<LlmResult> => {
          calls.push({ ...request, system_prompt: systemPrompt });
          if (outcome.status === "failed") throw new Error(outcome.error ?? "");
          return outcome.result as unknown as LlmResult;
        },
      };
      await using runtime = new Runtime({
        store: new MemoryStore(),
        effects: [llmCallEffect({ client })],
      });
      const started = await runtime.start(asks(payload), { id: "RUN", actorId: run.actor_id });
      const state = await started.state();

      expect(JSON.stringify(sorted(calls))).toBe(JSON.stringify(sorted(expected)));
      expect(state.status).toBe(outcome.status);
      const failed = { error: { message: `Effect failed after 1 attempts: ${outcome.error}` } };
      expect(state).toMatchObject(outcome.error === null ? { output: outcome.result } : failed);
    },
  );

  it.each(fixture.local_normalisation)(
    "of local models: $note",
    async ({ kind, value, result }) => {
      const answer = kind === "object" ? (value as unknown as LlmResult) : llmResult(value);
      const client = { generate: async (): Promise<LlmResult> => answer };
      await using runtime = new Runtime({
        store: new MemoryStore(),
        effects: [llmCallEffect({ client })],
      });
      const run = await runtime.start(asks({ prompt: "p" }));
      expect(await run.state()).toMatchObject({ status: "completed" });
      expect(await run.result()).toEqual(result);
    },
  );

  it("takes the trace id from the metadata, as text", () => {
    expect(llmResult({ metadata: { trace_id: 7 } })).toMatchObject({ trace_id: "7" });
    expect(llmResult({ metadata: { trace_id: "a" }, trace_id: "b" })).toMatchObject({
      trace_id: "b",
    });
  });

  it("is shown by every row there is", () => {
    expect(llmHandlers).toHaveLength(4);
    expect(fixture.remote_client).toHaveLength(10);
    expect(fixture.local_normalisation).toHaveLength(3);
  });
});

const asks = (payload: JsonObject) =>
  defineWorkflow({
    id: "asks",
    entry: "ask",
    nodes: {
      ask: (): Plan<"done"> => ({
        effect: { type: "llm_call", payload, resultKey: "answer" },
        nextNode: "done",
      }),
      done: (run) => complete(run.vars.answer),
    },
  });

/** The same with keys in order, outside the trace metadata, whose order is a header's. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
