import { complete, defineWorkflow, type ReplayContract } from "@abstractruntime/core";
import { simulate, type SimulationOptions } from "@abstractruntime/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approve, reject } from "../../src/approval/approval-answer.ts";
import { approvalOf } from "../../src/approval/open-approvals.ts";
import { toJson } from "../../src/tools/to-json.ts";
import { defineTool } from "../../src/tools/define-tool.ts";
import { toolCallsEffects } from "../../src/tools/tool-calls-effects.ts";
import { toolCalls } from "../../src/tools/tool-calls.ts";
import { ToolError } from "../../src/tools/tool-error.ts";
import type { Tool } from "../../src/tools/tool.ts";

/** One call of a batch, and what its tool does. */
interface Part {
  readonly replay: ReplayContract;
  /** `unsure`: throws once, and nobody knows whether it happened. */
  readonly does: "answers" | "refuses" | "unsure";
  readonly takesMs: number;
  readonly approval: "none" | "approve" | "reject";
}

const anyPart: fc.Arbitrary<Part> = fc.record({
  replay: fc.constantFrom("safe", "idempotent", "never"),
  does: fc.constantFrom("answers", "answers", "refuses", "unsure"),
  takesMs: fc.nat(5_000),
  approval: fc.constantFrom("none", "none", "approve", "reject"),
});

const batch = defineWorkflow({
  id: "batch",
  entry: "call",
  nodes: {
    call: ({ vars }) => toolCalls({ calls: vars.calls, resultKey: "results", next: "done" }),
    done: ({ vars }) => complete(vars.results),
  },
});

function toolOf(part: Part, index: number, clock: { sleep(ms: number): Promise<void> }): Tool {
  let calls = 0;
  return defineTool({
    name: `tool-${index}`,
    description: "",
    replay: part.replay,
    retry: { maxAttempts: 2, baseMs: 100 },
    approval: part.approval !== "none",
    execute: async () => {
      calls += 1;
      await clock.sleep(part.takesMs);
      if (part.does === "refuses") throw new ToolError("it can't");
      if (part.does === "unsure" && calls === 1) throw new Error("socket hang up");
      return { index };
    },
  });
}

/** What a call comes to, however often its drivers crash. */
function expectedOf({ does, approval }: Part, index: number): object {
  const base = { call_id: `call-${index}`, name: `tool-${index}` };
  if (approval === "reject") return { ...base, success: false, error: "rejected: no" };
  if (does === "refuses") return { ...base, success: false, error: "it can't" };
  return { ...base, success: true, output: { index } };
}

/** The same under crashes: one that was cut short, and must not run again, is settled by the person. */
function endOf(part: Part, index: number): object {
  const isSettled = part.replay === "never" && part.approval !== "reject";
  return isSettled && part.does === "refuses"
    ? { call_id: `call-${index}`, name: `tool-${index}` }
    : expectedOf(part, index);
}

/** How often a tool may be called, however often its drivers crash. */
function mostOf({ approval, replay }: Part): number {
  if (approval === "reject") return 0;
  return replay === "never" ? 1 : Infinity;
}

function simulationOf(parts: readonly Part[], maxConcurrency: number | undefined) {
  const calls = parts.map((_part, index) => ({
    name: `tool-${index}`,
    arguments: {},
    call_id: `call-${index}`,
  }));
  const tools = (clock: { sleep(ms: number): Promise<void> }): readonly Tool[] =>
    parts.map((part, index) => toolOf(part, index, clock));
  return {
    workflows: [batch],
    effects: ({ clock }) => toolCallsEffects(tools(clock), { maxConcurrency }),
    start: [{ workflow: batch, id: "batch", vars: { calls } }],
    outside: ({ runId, waiting, parent, ...run }) => {
      const { waitId, gate } = waiting;
      const index = parent?.index ?? 0;
      // A person finds out that it happened, or would have.
      if (gate === "unknown_outcome")
        return [{ kind: "settle", runId, waitId, verdict: { happened: { index } }, afterMs: 10 }];
      if (approvalOf({ runId, waiting, parent, ...run }) === null) return [];
      const answer = parts[index]?.approval === "reject" ? reject("no") : approve();
      return [{ kind: "answer", runId, waitId, payload: toJson(answer), afterMs: 50 }];
    },
  } satisfies SimulationOptions;
}

describe("a random batch of tool calls", () => {
  it("ends with the results in order, each call under its contract, however often its drivers crash", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyPart, { minLength: 1, maxLength: 6 }),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
        fc.nat(1_000_000),
        async (parts, maxConcurrency, seed) => {
          const report = await simulate({
            ...simulationOf(parts, maxConcurrency),
            seed,
            drivers: 3,
            crashes: 4,
            faults: { lost: 0.03, failed: 0.03 },
          });
          const run = report.runs.get("batch")?.run;
          expect(run?.output).toMatchObject({ mode: "executed", results: parts.map(endOf) });
          const made = parts.map((_part, index) =>
            report.executions.filter(({ effectType }) => effectType === `tool:tool-${index}`),
          );
          const keys = made.map((each) => new Set(each.map((one) => one.idempotencyKey)).size);
          expect(Math.max(...keys)).toBeLessThanOrEqual(1);
          expect(parts.filter((part, index) => (made[index]?.length ?? 0) > mostOf(part))).toEqual(
            [],
          );
        },
      ),
      { numRuns: 100 },
    ));

  it("executes each call once where nothing goes wrong", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(anyPart, { maxLength: 5 }),
        fc.nat(1_000_000),
        async (parts, seed) => {
          const calm = parts.map((part): Part => ({ ...part, does: "answers" }));
          const report = await simulate({ ...simulationOf(calm, undefined), seed });
          const wanted = calm.filter(({ approval }) => approval !== "reject");
          expect(report.executions).toHaveLength(wanted.length);
          const run = report.runs.get("batch")?.run;
          expect(run?.output).toMatchObject({ mode: "executed", results: calm.map(expectedOf) });
        },
      ),
      { numRuns: 20 },
    ));
});
