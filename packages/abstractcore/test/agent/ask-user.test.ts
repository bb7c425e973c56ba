import { describe, expect, it } from "vitest";
import { add, agentWorld, converse, said } from "./agent-world.ts";
import { ScriptedModel } from "./scripted-model.ts";

const asking = new ScriptedModel([
  ["ask_user", { question: "Which colour?", choices: ["red", "blue"] }],
]);

describe("the tool ask_user", () => {
  it("makes the run wait for a person, whose answer is the result, in whatever process", async () => {
    const { run, state, store, clock, runtime, agent } = await converse(asking, {
      askUser: true,
    });
    expect(state).toMatchObject({
      status: "waiting",
      waiting: { reason: "user", prompt: "Which colour?", choices: ["red", "blue"] },
    });
    await runtime.close();
    const model = new ScriptedModel("Blue it is.");
    const later = agentWorld({ store, clock }).runtime({
      ...agent,
      rules: { ...agent.rules, llm: model },
    });
    await later.resume(run.runId, "blue", { waitId: state.waiting!.waitId });
    const ended = await later.run(run.runId);
    expect(ended).toMatchObject({ status: "completed", output: { answer: "Blue it is." } });
    expect(said(ended, "tool")).toEqual(["blue"]);
    expect(asking.requests).toHaveLength(1);
  });

  it("asks one question after the other, once the other calls have ended", async () => {
    const model = new ScriptedModel(
      [
        ["ask_user", { question: "A?" }],
        ["add", { a: 1, b: 1 }],
        ["ask_user", { question: "B?" }],
        ["ask_user", { question: "" }],
        ["ask_user", { question: "C?", choices: "many" }],
      ],
      "done",
    );
    const { run, state } = await converse(model, { askUser: true, tools: [add] });
    expect(said(state, "tool")).toEqual([
      "Error: question: give a text",
      "Error: choices: give a list of texts",
      "2",
    ]);
    expect(state.waiting?.prompt).toBe("A?");
    const second = await run.resume({ text: "a" }, { waitId: state.waiting!.waitId });
    expect(second.waiting?.prompt).toBe("B?");
    await run.resume({ like: ["this"] }, { waitId: second.waiting!.waitId });
    expect(said(await run.state(), "tool").slice(3)).toEqual(["a", '{"like":["this"]}']);
    expect((await run.result()).answer).toBe("done");
  });

  it("tells the model when nobody answers in time", async () => {
    const model = new ScriptedModel([["ask_user", { question: "There?" }]], "Nobody there.");
    const { run, clock } = await converse(model, { askUser: { timeoutMs: 60_000 } });
    await clock.advance(60_000);
    await run.tick();
    expect((await run.result()).answer).toBe("Nobody there.");
    expect(model.seen("tool")).toEqual(["Error: the user did not answer in time"]);
  });

  it("is not there where it was not asked for", async () => {
    const model = new ScriptedModel([["ask_user", { question: "Hm?" }]], "Then not.");
    const { run } = await converse(model);
    expect((await run.result()).answer).toBe("Then not.");
    expect(model.seen("tool")).toEqual(['Error: there is no tool "ask_user"']);
  });
});
