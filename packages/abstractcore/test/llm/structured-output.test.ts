import { complete, defineWorkflow, type JsonObject, type Workflow } from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { newWorld } from "../../../core/test/world.ts";
import {
  defineOutput,
  llmCall,
  llmCallEffect,
  RemoteLlmClient,
  type LlmParams,
  type LlmRequest,
  type OutputFormat,
} from "../../src/index.ts";
import { ModelServer, says, type Answer } from "./model-server.ts";

const invoice = defineOutput({
  name: "invoice",
  schema: z.object({ total: z.number().min(0), paidAt: z.string().default("never") }),
});

interface Asked {
  readonly repair?: boolean;
  readonly params?: LlmParams;
  readonly output?: OutputFormat;
  readonly request?: LlmRequest;
}

const extracting = ({ repair, params, output = invoice, request }: Asked): Workflow =>
  defineWorkflow({
    id: "extracting",
    entry: "ask",
    nodes: {
      ask: () =>
        llmCall({
          ...(request ?? { prompt: "What does it cost?" }),
          params,
          output,
          repair,
          resultKey: "answer",
          next: "done",
        }),
      done: (run) => complete(run.vars as JsonObject),
    },
  });

/** How a call of these answers ends, and what was asked. */
async function outcome(asked: Asked, ...answers: readonly Answer[]) {
  await using server = await ModelServer.start(...answers);
  const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
  const effect = llmCallEffect({
    client,
    outputs: [invoice],
    retry: { maxAttempts: 3, baseMs: 0 },
  });
  await using runtime = newWorld().runtime({ effects: [effect] });
  const run = await runtime.start(extracting(asked), {
    vars: { _limits: { budget_tokens: 1_000 } },
  });
  const bodies = server.requests.map(({ text }) => JSON.parse(text) as JsonObject);
  return { state: await run.state(), bodies, ledger: await run.ledger() };
}

const usage = { prompt_tokens: 10, completion_tokens: 5 };

describe("structured output", () => {
  it("asks for the schema, and gives what the schema makes of the answer", async () => {
    const { state, bodies } = await outcome({}, says('{"total": 5}'));
    expect(state).toMatchObject({
      status: "completed",
      vars: { answer: { content: '{"total": 5}', data: { total: 5, paidAt: "never" } } },
    });
    expect(bodies[0]?.["response_format"]).toEqual({
      type: "json_schema",
      json_schema: {
        name: "invoice",
        schema: {
          type: "object",
          properties: {
            total: { type: "number", minimum: 0 },
            paidAt: { type: "string", default: "never" },
          },
          required: ["total"],
        },
      },
    });
  });

  it("reads an answer in a block of Markdown", async () => {
    const { state } = await outcome({}, says('```json\n{"total": 5}\n```'));
    expect(state).toMatchObject({ vars: { answer: { data: { total: 5 } } } });
  });

  it("leaves a response format that the caller gave", async () => {
    const params = { response_format: { type: "json_object" } };
    const { bodies } = await outcome({ params }, says('{"total": 5}'));
    expect(bodies[0]?.["response_format"]).toEqual(params.response_format);
  });

  it.each([
    ["is not JSON", "It costs 5.", "the answer is not JSON"],
    ["does not match", '{"total": -5}', "total: "],
  ])("fails for good where the answer %s and no repair is asked for", async (_, content, why) => {
    const { state, bodies } = await outcome({}, says(content, { usage }));
    expect(state).toMatchObject({
      status: "failed",
      error: {
        message: expect.stringContaining(`the answer is no invoice: ${why}`),
        details: { cause: { code: "llm_output_invalid" } },
      },
      vars: { _limits: { used_input_tokens: 10, used_output_tokens: 5, current_iteration: 1 } },
    });
    expect(bodies).toHaveLength(1);
  });

  it("asks once more to repair it, with what is wrong, and counts both calls", async () => {
    const bad = says('{"total": "5"}', { usage });
    const { state, bodies, ledger } = await outcome(
      { repair: true },
      bad,
      says('{"total": 5}', { usage }),
    );
    expect(state).toMatchObject({
      status: "completed",
      vars: {
        answer: { data: { total: 5 } },
        _limits: { used_input_tokens: 20, used_output_tokens: 10, current_iteration: 2 },
      },
    });
    expect(bodies[1]?.["messages"]).toEqual([
      { role: "user", content: "What does it cost?" },
      { role: "assistant", content: '{"total": "5"}' },
      { role: "user", content: expect.stringMatching(/^total: .*\nAnswer again/s) },
    ]);
    expect(bodies[1]?.["response_format"]).toEqual(bodies[0]?.["response_format"]);
    expect(ledger.filter(({ kind }) => kind === "completed")).toHaveLength(1);
  });

  it("has a key of its own for the call that repairs, which no server takes for the first one", async () => {
    await using server = await ModelServer.start(says("no"), says('{"total": 5}'));
    const idempotencyHeader = "Idempotency-Key";
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m", idempotencyHeader });
    const effects = [llmCallEffect({ client, outputs: [invoice], replay: "idempotent" })];
    await using runtime = newWorld().runtime({ effects });
    await (await runtime.start(extracting({ repair: true }))).result();
    const [first = "", second] = server.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(second).toBe(`${String(first)}-1`);
  });

  it("fails for good, too, where a call must never be made twice: what happened is known", async () => {
    await using server = await ModelServer.start(says("no"));
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const effects = [llmCallEffect({ client, outputs: [invoice], replay: "never" })];
    await using runtime = newWorld().runtime({ effects });
    const run = await runtime.start(extracting({}));
    expect(await run.state()).toMatchObject({ status: "failed" });
  });

  it("repairs once and not again", async () => {
    const { state, bodies } = await outcome({ repair: true }, says("no"), says("still no"));
    expect(state).toMatchObject({ status: "failed" });
    expect(bodies).toHaveLength(2);
  });

  it("lets tool calls pass: the output comes after them", async () => {
    const call = { id: "c", type: "function", function: { name: "look_up", arguments: "{}" } };
    const { state } = await outcome({}, says(null, { tool_calls: [call] }));
    expect(state).toMatchObject({
      status: "completed",
      vars: { answer: { content: null, data: null, tool_calls: [call] } },
    });
  });

  it("fails for good where the runtime does not know the format, and asks nobody", async () => {
    const output = defineOutput({ name: "other", schema: z.string() });
    const { state, bodies } = await outcome({ output }, says("x"));
    expect(state).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("no output format is named other") },
    });
    expect(bodies).toEqual([]);
  });

  it("has the type of its schema's output", () => {
    expectTypeOf(invoice).toEqualTypeOf<OutputFormat<{ total: number; paidAt: string }>>();
    const plan = llmCall({ prompt: "x", output: invoice, resultKey: "answer", next: "done" });
    type Written = NonNullable<NonNullable<(typeof plan)["effect"]>["resultKey"]>;
    expectTypeOf<Written>().toEqualTypeOf<"answer">();
  });
});

describe("defineOutput", () => {
  const schema: StandardSchemaV1<unknown, number> = {
    "~standard": { version: 1, vendor: "own", validate: () => ({ value: 1 }) },
  };

  it("asks the schema's own library for the JSON Schema, or takes the one given", () => {
    const own = {
      "~standard": {
        ...schema["~standard"],
        jsonSchema: {
          input: ({ target }: { target: string }) => ({ $schema: target, type: "integer" }),
          output: () => ({}),
        },
      },
    };
    expect(defineOutput({ name: "n", schema: own }).jsonSchema).toEqual({ type: "integer" });
    const jsonSchema = { type: "number" };
    expect(defineOutput({ name: "n", schema, jsonSchema }).jsonSchema).toBe(jsonSchema);
  });

  it.each<[string, () => unknown]>([
    ["no JSON Schema can be derived", () => defineOutput({ name: "n", schema })],
    ["no JSON Schema can be derived", () => defineOutput({ name: "n", schema: z.bigint() })],
    ["name must be", () => defineOutput({ name: "an invoice", schema: z.string() })],
  ])("refuses: %s", (message, define) => {
    expect(define).toThrowError(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("can't be told apart by two formats of one name", () => {
    const client = { generate: () => Promise.reject(new Error("not asked")) };
    const outputs = [invoice, defineOutput({ name: "invoice", schema: z.string() })];
    expect(() => llmCallEffect({ client, outputs })).toThrow("two formats have the name invoice");
    expect(() => llmCallEffect({ client, outputs: [invoice, invoice] })).not.toThrow();
  });
});
