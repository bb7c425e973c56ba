import { describe, expect, it } from "vitest";
import { TOOL_CALL } from "../../src/index.ts";
import { add, converse, messagesOf } from "./agent-world.ts";
import { ScriptedModel, type Said } from "./scripted-model.ts";

/** Each model call of these takes 110 tokens. */
const adding = (turns: number): readonly Said[] => [
  ...Array.from({ length: turns }, (): Said => [["add", { a: 1, b: 1 }]]),
  "done",
];

describe("the budgets of an agent", () => {
  it("are told to the model as they run out, each warning once", async () => {
    const model = new ScriptedModel(...adding(6));
    const vars = { task: "go", _limits: { budget_tokens: 500 } };
    const { state } = await converse(model, { tools: [add] }, vars);
    expect(state.status).toBe("completed");
    const notes = messagesOf(state).filter(({ role }) => role === "system");
    expect(notes.map(({ content }) => content)).toEqual([
      "Note: 440 of 500 tokens are used. Come to an end soon.",
      "Note: 550 of 500 tokens are used: the limit is reached. Answer now, with what you have.",
    ]);
    expect(model.seen("system", 3)).toEqual([]);
    expect(model.seen("system", 4)).toHaveLength(1);
  });

  it("stop it, where they are enforced, in a wait that ends when they are raised", async () => {
    const model = new ScriptedModel(...adding(6));
    const vars = { task: "go", _limits: { budget_tokens: 300, enforce: true } };
    const { run, runtime } = await converse(model, { tools: [add] }, vars);
    const { items } = await runtime.listRuns({ gate: "limit" });
    expect(items.map(({ workflowId }) => workflowId)).toEqual([TOOL_CALL]);
    expect(model.requests).toHaveLength(3);
    for (let raised = 0; raised < 2; raised += 1)
      for await (const { runId } of runtime.runs({ gate: "limit" })) {
        await runtime.updateLimits(runId, { budget_tokens: 10_000 });
        await run.run();
      }
    expect((await run.result()).turns).toBe(7);
    expect(model.requests).toHaveLength(7);
  });

  it("say nothing of iterations, of which every run has some, unless they are enforced", async () => {
    const quiet = new ScriptedModel(...adding(30));
    await converse(quiet, { tools: [add] });
    expect(quiet.requests).toHaveLength(31);
    expect(quiet.seen("system")).toEqual([]);
    const told = new ScriptedModel(...adding(30));
    const vars = { task: "go", _limits: { max_iterations: 5, enforce: true } };
    const { state } = await converse(told, { tools: [add] }, vars);
    expect(state.status).toBe("waiting");
    expect(told.seen("system")).toEqual(["Note: 4 of 5 iterations are used. Come to an end soon."]);
  });

  it("are shared with the runs of its tools: what those use counts for it", async () => {
    const { state } = await converse(new ScriptedModel(...adding(2)), { tools: [add] });
    expect(state.vars["_limits"]).toMatchObject({
      current_iteration: 3,
      used_input_tokens: 300,
      used_output_tokens: 30,
    });
  });
});
