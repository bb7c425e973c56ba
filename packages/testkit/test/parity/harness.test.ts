import type { JsonObject } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { expectParity, holdsTrue } from "./expectation.ts";
import { runScenario, type ScenarioAfter } from "./run-scenario.ts";
import {
  recordedScenarios,
  type Action,
  type FaultOp,
  type NodeCase,
  type Scenario,
  type WorkflowSpec,
} from "./scenario.ts";
import { memoryPlace } from "./store-place.ts";

const workflow = (
  workflow_id: string,
  nodes: Readonly<Record<string, readonly NodeCase[]>>,
): WorkflowSpec => ({ workflow_id, entry_node: Object.keys(nodes)[0] ?? "", nodes });

const end: readonly NodeCase[] = [{ plan: { complete_output: { r: { $var: "r" } } } }];

const effect = (type: string, payload: JsonObject, result_key = "r"): readonly NodeCase[] => [
  { plan: { effect: { type, payload, result_key }, next_node: "end" } },
];

const asks = workflow("asks", { a: effect("ask_user", { prompt: "?" }), end });
const calls = workflow("calls", { a: effect("tool_calls", { n: 1 }), end });
const parent = (child: string, extra: JsonObject = {}): WorkflowSpec =>
  workflow("parent", { s: effect("start_subworkflow", { workflow_id: child, ...extra }), end });

const start = (name: string, as = "r1", more: object = {}): Action => ({
  do: "start",
  workflow: name,
  as,
  ...more,
});
const tick = (run = "r1"): Action => ({ do: "tick", run });

async function play(scenario: Partial<Scenario>): Promise<ScenarioAfter> {
  const full: Scenario = {
    id: "own",
    title: "own",
    class: "parity",
    workflows: [],
    actions: [],
    ...scenario,
  };
  return runScenario(full, memoryPlace());
}

const statusOf = (after: ScenarioAfter, alias: string): string | undefined =>
  after.runs.get(alias)?.state.status;

const returned = (after: ScenarioAfter, index: number): unknown => {
  const result = after.actions[index];
  if (result === undefined || "throws" in result) throw new Error(JSON.stringify(result));
  return result.returns;
};

const thrownKind = (after: ScenarioAfter, index: number): string | undefined => {
  const result = after.actions[index];
  return result !== undefined && "throws" in result ? result.throws.kind : undefined;
};

describe("the harness of 0.2.0's scenarios", () => {
  it("notices a state, a ledger or a backoff that is not the expected one", async () => {
    for (const { scenario, expected } of recordedScenarios()) {
      if (scenario.class === "defect") continue;
      const after = await runScenario(scenario, memoryPlace());
      const changed = expected.runs["r1"]?.["current_node"] ?? "";
      const text = JSON.stringify(expected).replaceAll(
        `"current_node":${JSON.stringify(changed)}`,
        '"current_node":"elsewhere"',
      );
      const states = JSON.parse(text) as typeof expected;
      expect(holdsTrue(() => expectParity(scenario, after, states))).toBe(false);
      const shorter = Object.values(expected.ledgers).map((ledger) => ledger.slice(1));
      const ledgers = Object.fromEntries(
        Object.keys(expected.ledgers).map((alias, index) => [alias, shorter[index] ?? []]),
      );
      expect(holdsTrue(() => expectParity(scenario, after, { ...expected, ledgers }))).toBe(false);
      const sleeps = [...expected.sleeps, 7];
      expect(holdsTrue(() => expectParity(scenario, after, { ...expected, sleeps }))).toBe(false);
    }
  });

  it("carries a child's answer to its parent, whoever asks for it", async () => {
    const after = await play({
      workflows: [parent("asks"), asks],
      actions: [
        start("parent", "r1", { actor_id: "ar_p", session_id: "s" }),
        tick(),
        { do: "list_children", run: "r1" },
        { do: "resume", run: "child1", wait_key: "$waiting", payload: { text: "yes" } },
        { do: "resume_parent", child: "child1", output: { r: { text: "yes" } } },
      ],
    });
    expect(returned(after, 2)).toEqual(["<child1>"]);
    const waits = { reason: "subworkflow", wait_key: "subworkflow:<child1>" };
    expect(returned(after, 1)).toMatchObject({ status: "waiting", waiting: waits });
    expect(returned(after, 4)).toMatchObject({
      status: "completed",
      output: { r: { sub_run_id: "<child1>", output: { r: { text: "yes" } } } },
    });
    expect(after.runs.get("child1")?.fields).toMatchObject({
      parent_run_id: "<r1>",
      actor_id: "ar_p",
      session_id: "s",
    });
  });

  it("nests the errors of children as 0.2.0 does", async () => {
    const after = await play({
      workflows: [parent("calls"), calls],
      handlers: { tool_calls: [{ failed: "quota" }] },
      actions: [start("parent"), tick()],
    });
    const inner = "Effect failed after 1 attempts: quota";
    expect(returned(after, 1)).toMatchObject({
      status: "failed",
      error: `Effect failed after 1 attempts: Subworkflow 'calls' failed: ${inner}`,
    });
    expect(after.runs.get("r1")?.steps.at(-1)?.folded).toMatchObject({
      status: "failed",
      error: `Subworkflow 'calls' failed: ${inner}`,
    });
  });

  it("goes on at once where a child is started and not waited for", async () => {
    const after = await play({
      workflows: [parent("calls", { async: true }), calls],
      handlers: { tool_calls: [{ completed: { ok: { $next: true } } }] },
      actions: [start("parent"), tick()],
    });
    expect(returned(after, 1)).toMatchObject({
      output: { r: { sub_run_id: "<child1>", async: true } },
    });
    expect(after.runs.get("child1")?.state.output).toEqual({ r: { ok: "end" } });
  });

  it("cancels a family from the root down, and names who was cancelled", async () => {
    const after = await play({
      workflows: [parent("asks"), asks],
      actions: [
        start("parent"),
        tick(),
        { do: "cancel_tree", run: "r1" },
        { do: "cancel_tree", run: "nobody" },
        { do: "cancel", run: "nobody" },
      ],
    });
    expect(returned(after, 2)).toEqual(["<r1>", "<child1>"]);
    expect(returned(after, 3)).toEqual([]);
    expect(thrownKind(after, 4)).toBe("not_found");
    expect([statusOf(after, "r1"), statusOf(after, "child1")]).toEqual(["cancelled", "cancelled"]);
  });

  it("speaks of limits as 0.2.0 does", async () => {
    const after = await play({
      workflows: [asks],
      config: { max_iterations: 4, model_capabilities: { max_tokens: 1_000 } },
      actions: [
        start("asks"),
        { do: "update_limits", run: "r1", updates: { current_iteration: 4 } },
        { do: "limit_status", run: "r1" },
        { do: "check_limits", run: "r1" },
      ],
    });
    expect(returned(after, 2)).toEqual({
      iterations: { current: 4, max: 4, pct: 100, warning: true },
      tokens: { estimated_used: 0, max: 1_000, pct: 0, warning: false },
      history: { max_messages: -1 },
    });
    expect(returned(after, 3)).toEqual([["iterations", "exceeded", 4, 4, 100]]);
  });

  it("lists runs by filter, latest update first", async () => {
    const after = await play({
      workflows: [asks, calls],
      handlers: { tool_calls: [{ completed: null }] },
      actions: [
        start("asks", "r1"),
        start("calls", "r2"),
        tick("r1"),
        { do: "list_runs", filter: {} },
        { do: "list_runs", filter: { status: "running" } },
        { do: "list_runs", filter: { wait_reason: "user", workflow_id: "asks" } },
        { do: "list_runs", filter: { limit: 1 } },
      ],
    });
    expect(returned(after, 3)).toEqual(["<r1>", "<r2>"]);
    expect(returned(after, 4)).toEqual(["<r2>"]);
    expect(returned(after, 5)).toEqual(["<r1>"]);
    expect(returned(after, 6)).toEqual(["<r1>"]);
  });

  it("answers waits of custom handlers by key, and timers only by name", async () => {
    const waits = workflow("waits", { a: effect("tool_calls", {}), end });
    const after = await play({
      workflows: [waits],
      handlers: {
        tool_calls: [
          {
            waiting: {
              reason: "event",
              wait_key: { $run: "session_id" },
              details: { visit: { $visit: true } },
              resume_to_node: "end",
              result_key: "r",
            },
          },
        ],
      },
      actions: [
        start("waits", "r1", { session_id: "key-7" }),
        tick(),
        { do: "resume_event", run: "r1", wait_key: "wrong", payload: 1 },
        { do: "resume_event", run: "r1", wait_key: "key-7", payload: 1 },
        { do: "resume_event", run: "nobody", wait_key: "key-7", payload: 1 },
      ],
    });
    expect(returned(after, 1)).toMatchObject({
      waiting: { reason: "event", wait_key: "key-7", details: { visit: 1 } },
    });
    expect(thrownKind(after, 2)).toBe("invalid");
    expect(returned(after, 3)).toMatchObject({ status: "completed", output: { r: 1 } });
    expect(thrownKind(after, 4)).toBe("not_found");
  });

  it("waits out every policy's backoff by the clock, also in a child", async () => {
    const policy = { kind: "default", max_attempts: 3, backoff_base: 2, backoff_max: 3 } as const;
    const after = await play({
      workflows: [parent("calls"), calls],
      policy: { ...policy, per_type: { tool_calls: 4 } },
      handlers: { tool_calls: [{ failed: "1" }, { raise: "2" }, { failed: "3" }, { failed: "" }] },
      actions: [start("parent"), tick()],
    });
    expect(after.sleeps).toEqual([2, 3, 3]);
    expect(after.runs.get("child1")?.state.error?.message).toBe(
      "Effect failed after 4 attempts: unknown error",
    );
  });

  it("tries once without a policy that says otherwise", async () => {
    const after = await play({
      workflows: [calls],
      policy: { kind: "none" },
      handlers: { tool_calls: [{ failed: "no" }] },
      actions: [start("calls"), tick()],
    });
    expect(after.sleeps).toEqual([]);
    expect(after.handlerCalls).toHaveLength(1);
  });

  it("has no registry where the scenario has none", async () => {
    const after = await play({
      workflows: [parent("calls"), calls],
      registered: null,
      actions: [start("parent"), tick()],
    });
    expect(returned(after, 1)).toMatchObject({ status: "failed" });
    expect(after.runs.size).toBe(1);
  });

  it("counts steps and visits as 0.2.0 does", async () => {
    const loop = workflow("loop", {
      a: [
        {
          when: { visit_below: 3 },
          set: { "seen.n": { $inc: 2 }, at: { $visit: true } },
          plan: { next_node: "a" },
        },
        { when: { var: "gone", missing: true }, plan: { next_node: "b" } },
      ],
      b: [{ when: { var: "seen.n", below: 4 }, raise: "too early" }, ...end],
      end,
    });
    const after = await play({
      workflows: [loop],
      actions: [
        start("loop"),
        { do: "tick", run: "r1", max_steps: 0 },
        { do: "tick", run: "r1", max_steps: 2 },
        { do: "tick", run: "r1", max_steps: 1 },
        tick(),
      ],
    });
    expect(returned(after, 1)).toMatchObject({ current_node: "a", status: "running" });
    expect(returned(after, 2)).toMatchObject({ vars: { seen: { n: 4 }, at: 2 } });
    expect(returned(after, 3)).toMatchObject({ current_node: "b", status: "running" });
    expect(returned(after, 4)).toMatchObject({ status: "completed", output: { r: null } });
  });

  const cuts: readonly (readonly [FaultOp, number, "before" | "after"])[] = [
    ["ledger_append", 1, "before"],
    ["ledger_append", 1, "after"],
    ["ledger_append", 2, "before"],
    ["ledger_append", 2, "after"],
    ["ledger_append", 3, "before"],
    ["run_save", 1, "before"],
    ["run_save", 1, "after"],
    ["run_save", 2, "before"],
    ["run_save", 2, "after"],
  ];

  it.each(cuts)("goes on after a power cut at %s %i, %s it", async (op, nth, when) => {
    const after = await play({
      workflows: [calls],
      handlers: { tool_calls: [{ completed: { call: 1 } }] },
      actions: [start("calls"), { do: "fault", op, nth, when }, tick(), { do: "restart" }, tick()],
    });
    expect(thrownKind(after, 2)).toBe("power_cut");
    expect(returned(after, 4)).toMatchObject({ status: "completed", output: { r: { call: 1 } } });
    // Only what had begun and was not recorded as ended is performed again.
    const again = op === "ledger_append" && nth === 2 && when === "before";
    expect(after.handlerCalls).toHaveLength(again ? 2 : 1);
  });

  it("dies while it starts, answers and cancels, and lives on without being told to", async () => {
    const after = await play({
      workflows: [asks],
      actions: [
        { do: "fault", op: "run_save" },
        start("asks", "r1"),
        start("asks", "r2"),
        tick("r2"),
        { do: "fault", op: "run_save", when: "after" },
        { do: "resume", run: "r2", wait_key: "$waiting", payload: { text: "kept" } },
        tick("r2"),
        start("asks", "r3"),
        { do: "fault", op: "run_save", when: "before" },
        { do: "cancel", run: "r3" },
        { do: "get_state", run: "r3" },
      ],
    });
    expect([1, 5, 9].map((index) => thrownKind(after, index))).toEqual(
      Array<string>(3).fill("power_cut"),
    );
    expect(after.runs.has("r1")).toBe(false);
    expect(returned(after, 6)).toMatchObject({ output: { r: { text: "kept" } } });
    expect(returned(after, 10)).toMatchObject({ status: "running" });
  });

  it("does not say that a chain is whole which nobody looked at", async () => {
    const scenario = { workflows: [asks], chained: true };
    const actions: readonly Action[] = [start("asks"), { do: "verify_chain", run: "r1" }];
    await expect(play({ ...scenario, actions })).rejects.toThrow("decorator");
  });
});
