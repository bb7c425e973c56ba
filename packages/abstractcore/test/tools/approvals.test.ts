import type { RunState } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { approve, approveEdited, reject } from "../../src/approval/approval-answer.ts";
import { approvalOf, openApprovals } from "../../src/approval/open-approvals.ts";
import { defineTool } from "../../src/tools/define-tool.ts";
import { collect, resultsOf, toolWorld } from "./tool-world.ts";

/** Pays, and asks before it pays more than 100. */
function payments() {
  const paid: unknown[] = [];
  const pay = defineTool({
    name: "pay",
    description: "Pays somebody",
    parameters: z.object({ to: z.string(), amount: z.number().positive() }),
    replay: "never",
    approval: ({ amount }) => (amount > 100 ? { reason: `${amount} is more than 100.` } : false),
    execute: (args) => {
      paid.push(args);
      return { paid: args.amount };
    },
  });
  return { paid, pay };
}

const call = (amount: unknown, id: string) => ({
  id,
  type: "function",
  function: { name: "pay", arguments: JSON.stringify({ to: "ada", amount }) },
});

const waiting = (run: RunState | undefined) => {
  if (run?.status !== "waiting") throw new Error(`it is ${run?.status}`);
  return { runId: run.runId, waitId: run.waiting.waitId };
};

describe("an approval", () => {
  it("is asked where the tool wants it, with all that a person needs", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(50, "1"), call(500, "2")]);
    expect(paid).toEqual([{ to: "ada", amount: 50 }]);
    const [small, large] = await world.callRuns();
    expect(small?.status).toBe("completed");
    expect(large?.waiting).toMatchObject({
      reason: "user",
      prompt: "Call pay? 500 is more than 100.",
      choices: ["approve", "reject", "edit"],
      allowFreeText: false,
    });
    const found = await collect(openApprovals(world.runtime, { sessionId: "session" }));
    expect(found).toEqual([
      {
        ...waiting(large),
        parentRunId: "run",
        sessionId: "session",
        tool: "pay",
        description: "Pays somebody",
        arguments: { to: "ada", amount: 500 },
        callId: "2",
        reason: "500 is more than 100.",
        problem: null,
        prompt: "Call pay? 500 is more than 100.",
        askedAt: large?.updatedAt,
      },
    ]);
    expect(await collect(openApprovals(world.runtime, { sessionId: "other" }))).toEqual([]);
  });

  it("lets the call go on, in the commit that has the answer and who gave it", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1")]);
    const { runId, waitId } = waiting((await world.callRuns())[0]);
    await world.runtime.resume(runId, approve(), { waitId, by: "eve" });
    expect(paid).toEqual([{ to: "ada", amount: 500 }]);
    const records = await world.store.records(runId);
    const answered = records.find(({ kind }) => kind === "answered");
    const next = records.find(({ seq }) => seq === (answered?.seq ?? 0) + 1);
    expect(answered).toMatchObject({ by: "eve", result: { choice: "approve" } });
    expect(next).toMatchObject({ kind: "ready", revision: answered?.revision });
    expect(resultsOf(await world.runtime.getState("run"))).toMatchObject([{ success: true }]);
  });

  it("that is refused is a result for the model, and nothing was called", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1"), call(600, "2")]);
    const [one, two] = (await world.callRuns()).map(waiting);
    await world.runtime.resume(one?.runId ?? "", reject("too much"), { waitId: one?.waitId });
    expect((await world.runtime.getState("run")).status).toBe("waiting");
    await world.runtime.resume(two?.runId ?? "", "reject", { waitId: two?.waitId });
    expect(resultsOf(await world.runtime.getState("run"))).toEqual([
      { call_id: "1", name: "pay", success: false, output: null, error: "rejected: too much" },
      {
        call_id: "2",
        name: "pay",
        success: false,
        output: null,
        error: "rejected: no reason given",
      },
    ]);
    expect(paid).toEqual([]);
    const records = await world.store.records(one?.runId ?? "");
    expect(records.slice(-2).map(({ kind, revision }) => [kind, revision])).toEqual([
      ["answered", 3],
      ["ended", 3],
    ]);
  });

  it("may come with other arguments, which are used and kept", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1")]);
    const { runId, waitId } = waiting((await world.callRuns())[0]);
    const answer = approveEdited({ to: "ada", amount: 90 });
    await world.runtime.resume(runId, answer, { waitId, by: "eve" });
    expect(paid).toEqual([{ to: "ada", amount: 90 }]);
    expect((await world.runtime.getState(runId)).vars["call"]).toEqual({
      name: "pay",
      call_id: "1",
      arguments: { to: "ada", amount: 90 },
    });
  });

  it("is asked once more when the tool does not take the other arguments", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1")]);
    const { runId, waitId } = waiting((await world.callRuns())[0]);
    await world.runtime.resume(runId, approveEdited({ to: "ada", amount: -1 }), { waitId });
    const again = await world.runtime.getState(runId);
    expect(approvalOf(again)).toMatchObject({
      arguments: { to: "ada", amount: -1 },
      problem: expect.stringContaining("amount"),
    });
    expect(paid).toEqual([]);
    const right = approveEdited({ to: "ada", amount: 1 });
    await world.runtime.resume(runId, right, { waitId: waiting(again).waitId });
    expect(paid).toEqual([{ to: "ada", amount: 1 }]);
  });

  it("is for the arguments that it shows, also when the tool does not take them", async () => {
    const { pay, paid } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1")]);
    const { runId, waitId } = waiting((await world.callRuns())[0]);
    await world.runtime.resume(runId, approveEdited({ to: "ada", amount: -1 }), { waitId });
    const again = waiting(await world.runtime.getState(runId));
    await world.runtime.resume(runId, approve(), { waitId: again.waitId });
    expect(paid).toEqual([]);
    expect(resultsOf(await world.runtime.getState("run"))).toMatchObject([
      { success: false, error: expect.stringContaining("amount") },
    ]);
  });

  it("fails the call when its rule throws, and nothing is called", async () => {
    let calls = 0;
    const broken = defineTool({
      name: "broken",
      description: "",
      replay: "safe",
      approval: () => {
        throw new Error("a bug in the rule");
      },
      execute: () => (calls += 1),
    });
    const run = await toolWorld([broken]).calling([{ name: "broken" }]);
    expect(resultsOf(run)).toMatchObject([
      { success: false, error: expect.stringContaining("a bug in the rule") },
    ]);
    expect(calls).toBe(0);
  });

  it.each<[string, unknown]>([
    ["an unknown word", "maybe"],
    ["an unknown choice", { choice: "later" }],
    ["changed arguments that are no object", { choice: "edit", arguments: 5 }],
    ["changed arguments that are missing", { choice: "edit" }],
  ])("stays open when the answer is %s", async (_what, answer) => {
    const { pay } = payments();
    const world = toolWorld([pay]);
    await world.calling([call(500, "1")]);
    const { runId, waitId } = waiting((await world.callRuns())[0]);
    await expect(world.runtime.resume(runId, answer, { waitId })).rejects.toMatchObject({
      code: expect.stringMatching(/invalid_answer|schema_mismatch/),
    });
    expect(waiting(await world.runtime.getState(runId)).waitId).toBe(waitId);
  });

  it("is not asked for arguments that the tool does not take", async () => {
    const { pay } = payments();
    const run = await toolWorld([pay]).calling([call("much", "1")]);
    expect(resultsOf(run)).toMatchObject([{ error: expect.stringContaining("amount") }]);
  });

  it("may be wanted always, and a rule may look at who asks", async () => {
    const always = defineTool({
      name: "always",
      description: "",
      replay: "safe",
      approval: true,
      execute: () => 1,
    });
    const some = defineTool({
      name: "some",
      description: "",
      replay: "safe",
      approval: (_args, { sessionId, context }) => context.strict === sessionId,
      execute: () => 2,
    });
    const world = toolWorld([always, some], { context: { strict: "session" } });
    await world.calling([{ name: "always" }, { name: "some" }]);
    const found = await collect(openApprovals(world.runtime));
    expect(found.map(({ tool }) => tool).toSorted()).toEqual(["always", "some"]);
    expect(found.map(({ reason }) => reason)).toEqual([null, null]);
  });
});
