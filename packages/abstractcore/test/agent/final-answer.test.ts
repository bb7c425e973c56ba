import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineOutput } from "../../src/index.ts";
import { add, converse, messagesOf } from "./agent-world.ts";
import { ScriptedModel } from "./scripted-model.ts";

const sum = z.object({ sum: z.number(), words: z.string().default("none") });

describe("a final answer with a schema", () => {
  it("is what the schema makes of it, after as many calls as it takes", async () => {
    const model = new ScriptedModel([["add", { a: 1, b: 2 }]], '```json\n{"sum": 3}\n```');
    const { run } = await converse(model, { tools: [add], output: sum });
    const { answer } = await run.result();
    expect(answer).toEqual({ sum: 3, words: "none" });
    expect(model.requests[0]?.params).toMatchObject({
      response_format: {
        type: "json_schema",
        json_schema: { name: "react_agent_answer", schema: { required: ["sum"] } },
      },
    });
  });

  it("is asked for again, with what is wrong, in steps of their own", async () => {
    const model = new ScriptedModel("three", '{"sum": "3"}', '{"sum": 3}');
    const { run, state } = await converse(model, { output: sum });
    expect(await run.result()).toMatchObject({ answer: { sum: 3 }, turns: 3 });
    expect(
      messagesOf(state)
        .map(({ role }) => role)
        .join(" "),
    ).toBe("user assistant user assistant user assistant");
    expect(model.seen("user")).toEqual([
      "go",
      expect.stringContaining("not JSON"),
      expect.stringMatching(/^sum: .*number/),
    ]);
  });

  it("fails the run after so many rounds, and a call in between starts them anew", async () => {
    const model = new ScriptedModel("1", [["add", { a: 1, b: 1 }]], "2", "3");
    const { run, state } = await converse(model, { tools: [add], output: sum, maxRepairs: 1 });
    expect(state).toMatchObject({ status: "failed", error: { code: "llm_output_invalid" } });
    expect(model.requests).toHaveLength(4);
    await expect(run.result()).rejects.toThrow("react_agent");
  });

  it("may be a form of defineOutput", async () => {
    const model = new ScriptedModel('{"sum": 1}');
    const output = defineOutput({ name: "total", schema: sum });
    const { run } = await converse(model, { output });
    const { answer } = await run.result();
    expect(answer.sum).toBe(1);
    expect(model.requests[0]?.params?.response_format).toMatchObject({
      json_schema: { name: "total" },
    });
  });
});

describe("a final answer without a schema", () => {
  it("is asked for again when it is empty", async () => {
    const model = new ScriptedModel("", " ", "Yes.");
    const { run, state } = await converse(model);
    expect((await run.result()).answer).toBe("Yes.");
    expect(messagesOf(state).filter(({ role }) => role === "assistant")).toHaveLength(1);
    const never = await converse(new ScriptedModel(""));
    expect(never.state).toMatchObject({ status: "failed", error: { code: "llm_output_invalid" } });
  });
});
