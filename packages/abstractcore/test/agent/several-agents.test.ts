import { describe, expect, it } from "vitest";
import { z } from "zod";
import { reactAgent, type Agent, type LlmRequest } from "../../src/index.ts";
import { add, agentWorld, messagesOf, noting, said } from "./agent-world.ts";
import { ScriptedModel, type Said } from "./scripted-model.ts";

/** A model whose words depend on whose system prompt it is asked with. */
function cast(parts: Readonly<Record<string, readonly Said[]>>): ScriptedModel {
  const turns = new Map<string, number>();
  return new ScriptedModel(({ systemPrompt }: LlmRequest) => {
    const who = systemPrompt ?? "";
    const turn = turns.get(who) ?? 0;
    turns.set(who, turn + 1);
    return parts[who]?.[turn] ?? `${who} has nothing to say`;
  });
}

describe("an agent as a tool", () => {
  it("runs as a child run, and its answer is the call's result", async () => {
    const llm = cast({
      boss: [
        [
          ["counter", { task: "count" }],
          ["counter", { task: "count again" }],
          ["counter", {}],
          ["add", { a: 1, b: 1 }],
        ],
        "All counted.",
      ],
      counter: [[["add", { a: 2, b: 2 }]], [["add", { a: 3, b: 3 }]], '{"n": 4}', '{"n": 6}'],
    });
    const output = z.object({ n: z.number() });
    const counter = reactAgent({
      id: "counter",
      description: "Counts.",
      system: "counter",
      tools: [add],
      output,
    });
    const boss = reactAgent({ id: "boss", system: "boss", llm, tools: [add, counter] });
    const runtime = agentWorld().runtime(boss);
    const run = await runtime.start(boss, { vars: { task: "go" }, id: "run" });
    expect((await run.result()).answer).toBe("All counted.");
    expect(said(await run.state(), "tool")).toEqual([
      "Error: task: give a text",
      "2",
      '{"n":4}',
      '{"n":6}',
    ]);
    expect(llm.requests[0]?.tools).toMatchObject([
      { function: { name: "add" } },
      { function: { name: "counter", description: "Counts.", parameters: { required: ["task"] } } },
    ]);
    const { items } = await runtime.listRuns({ parentRunId: "run", workflowId: "counter" });
    expect(items.map(({ vars }) => (vars["context"] as { task: string }).task).toSorted()).toEqual([
      "count",
      "count again",
    ]);
  });

  it("fails alone: its caller is told", async () => {
    const llm = cast({ boss: [[["helper", { task: "help" }]], "Then not."], helper: [] });
    const helper = reactAgent({
      id: "helper",
      system: "helper",
      output: z.object({}),
      maxRepairs: 0,
    });
    const boss = reactAgent({ id: "boss", system: "boss", llm, tools: [helper] });
    const run = await agentWorld()
      .runtime(boss)
      .start(boss, { vars: { task: "go" } });
    expect((await run.result()).answer).toBe("Then not.");
    expect(said(await run.state(), "tool")).toEqual([
      "Error: failed: agent helper: the answer is not JSON",
    ]);
  });

  it("may ask the user: its own run waits, and its caller with it", async () => {
    const llm = cast({
      boss: [[["helper", { task: "help" }]], "Fine."],
      helper: [[["ask_user", { question: "Sure?" }]], "Sure."],
    });
    const helper = reactAgent({ id: "helper", system: "helper", askUser: true });
    const boss = reactAgent({ id: "boss", system: "boss", llm, tools: [helper] });
    const runtime = agentWorld().runtime(boss);
    const run = await runtime.start(boss, { vars: { task: "go" } });
    const { items } = await runtime.listRuns({ status: "waiting", waitReason: "user" });
    const [asking] = items;
    expect(asking).toMatchObject({ workflowId: "helper", parentRunId: run.runId });
    await runtime.resume(asking!.runId, "yes", { waitId: asking!.waiting!.waitId });
    await run.run();
    expect((await run.result()).answer).toBe("Fine.");
    expect(said(await run.state(), "tool")).toEqual(["Sure."]);
  });
});

describe("a handoff", () => {
  it("moves the conversation, with all that was said, to another agent with its own tools", async () => {
    const { tool: note, told } = noting();
    const llm = cast({
      front: [
        [
          ["transfer_to_billing", {}],
          ["add", { a: 1, b: 1 }],
        ],
      ],
      billing: [
        [
          ["note", { text: "paid" }],
          ["add", { a: 2, b: 2 }],
        ],
        "Paid.",
      ],
    });
    const billing = reactAgent({
      id: "billing",
      description: "Bills.",
      system: "billing",
      tools: [note],
    });
    const front = reactAgent({
      id: "front",
      system: "front",
      llm,
      tools: [add],
      handoffs: [billing],
    });
    const runtime = agentWorld().runtime(front);
    const run = await runtime.start(front, { vars: { task: "Pay." }, id: "run" });
    expect(await run.result()).toEqual({
      answer: "Paid.",
      agent: "billing",
      turns: 3,
      finish_reason: "stop",
    });
    expect(told).toEqual(["paid"]);
    const state = await run.state();
    expect(
      messagesOf(state)
        .map(({ role }) => role)
        .join(" "),
    ).toBe("user assistant tool tool assistant tool tool assistant");
    expect(said(state, "tool")).toEqual([
      "2",
      "You are the agent billing now.",
      'Error: there is no tool "add"',
      "noted paid",
    ]);
    expect(llm.requests[0]?.tools).toMatchObject([
      { function: { name: "add" } },
      { function: { name: "transfer_to_billing" } },
    ]);
    expect(llm.requests[1]).toMatchObject({
      systemPrompt: "billing",
      tools: [{ function: { name: "note" } }],
      messages: [{ content: "Pay." }, {}, {}, {}],
    });
  });

  it("may be answered by one that hands back, and goes to the first of several", async () => {
    const llm = cast({
      one: [
        [
          ["transfer_to_two", {}],
          ["transfer_to_three", {}],
        ],
        "One again.",
      ],
      two: [[["transfer_to_one", {}]]],
    });
    const one: Agent<string> = reactAgent({
      id: "one",
      system: "one",
      llm,
      handoffs: () => [two, three],
    });
    const two: Agent<string> = reactAgent({ id: "two", system: "two", handoffs: () => [one] });
    const three = reactAgent({ id: "three", system: "three" });
    const run = await agentWorld()
      .runtime(one)
      .start(one, { vars: { task: "go" } });
    expect(await run.result()).toMatchObject({ answer: "One again.", agent: "one", turns: 3 });
    expect(said(await run.state(), "tool")).toEqual([
      "You are the agent two now.",
      "Error: the conversation went to the agent two",
      "You are the agent one now.",
    ]);
  });

  it("cannot go on for ever: the turns are those of the agent that it began with", async () => {
    const llm = new ScriptedModel(({ systemPrompt }) => [
      [systemPrompt === "one" ? "transfer_to_two" : "transfer_to_one", {}],
    ]);
    const one: Agent<string> = reactAgent({
      id: "one",
      system: "one",
      llm,
      handoffs: () => [two],
      maxTurns: 5,
    });
    const two: Agent<string> = reactAgent({ id: "two", system: "two", handoffs: () => [one] });
    const run = await agentWorld()
      .runtime(one)
      .start(one, { vars: { task: "go" } });
    expect(await run.state()).toMatchObject({ error: { code: "max_turns_exceeded" } });
    expect(llm.requests).toHaveLength(5);
  });
});
