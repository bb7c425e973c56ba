import { describe, expect, it } from "vitest";
import { z } from "zod";
import { newKernel, type TestKernel } from "../../test/kernel.ts";
import { createdBody, intentBody, firstStep } from "../../test/records.ts";
import { handHeld } from "../../test/world.ts";
import { startSubworkflow, waitUntil } from "../builtin/plan-waits.ts";
import { EffectRegistry } from "../effect/effect-registry.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import { complete, goto } from "../step/plan-helpers.ts";
import { ref } from "../step/ref.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { NodeHandler } from "../workflow/node-handler.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { Planner } from "./planner.ts";
import { RunWriter } from "./run-writer.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- workflows without schemas
type Handler = NodeHandler<string, any, any>;

const workflowOf = (first: Handler, output?: z.ZodType): Workflow =>
  defineWorkflow<string, undefined, z.ZodType | undefined>({
    id: "w",
    entry: "first",
    output,
    nodes: { first, second: first },
  });

function plannerOf(kernel: TestKernel, workflow: Workflow, ...bodies: readonly RecordBody[]) {
  const lease = { leaseId: "mine", owner: "me", leaseMs: 30_000 };
  const writer = new RunWriter(
    kernel,
    lease,
    { runId: "run", actorId: null, sessionId: null },
    false,
  );
  writer.add([createdBody(), ...bodies]);
  let commits = 0;
  const commit = async (): Promise<void> => {
    commits += 1;
    await writer.flush({ keepLease: true });
  };
  return {
    writer,
    planner: new Planner({ kernel, workflow, writer, commit }),
    commits: () => commits,
  };
}

const effect = { effect: { type: "work" }, nextNode: "second" };
const completed: RecordBody = { kind: "completed", ...firstStep, resultKey: null, result: null };

describe("Planner", () => {
  it("begins an effect in the commit of what went before, unless it must never be repeated", async () => {
    for (const [replay, phase] of [
      ["safe", "begun"],
      ["idempotent", "begun"],
      ["never", "ready"],
    ] as const) {
      const kernel = newKernel({
        effects: new EffectRegistry([handHeld({ type: "work", replay })]),
      });
      const { writer, planner, commits } = plannerOf(
        kernel,
        workflowOf(() => effect),
      );
      expect(await planner.plan(10)).toBe(1);
      expect(writer.run.pending).toMatchObject({ phase, replay });
      expect(commits()).toBe(0);
    }
  });

  it("commits where the run stands when too many gotos go by", async () => {
    const { writer, planner, commits } = plannerOf(
      newKernel(),
      workflowOf(() => goto("second")),
    );
    expect(await planner.plan(3)).toBe(3);
    expect(commits()).toBe(1);
    expect(writer.isDirty).toBe(false);
  });

  it("begins a built-in wait at once, and ends one whose time has passed", async () => {
    const waits = plannerOf(
      newKernel(),
      workflowOf(() => waitUntil({ afterMs: 5, next: "second" })),
    );
    await waits.planner.plan(1);
    expect(waits.writer.run).toMatchObject({ status: "waiting", waiting: { reason: "until" } });
    const over = plannerOf(
      newKernel(),
      workflowOf(() => waitUntil({ afterMs: 0, next: "second" })),
    );
    await over.planner.plan(1);
    expect(over.writer.run).toMatchObject({
      status: "running",
      pending: null,
      currentNode: "second",
    });
  });

  it("fails a built-in effect whose ref leads to no node, and starts no child then", async () => {
    const kernel = newKernel();
    const workflow = workflowOf((run) => {
      run.vars.target = "nowhere";
      return {
        effect: {
          type: "start_subworkflow",
          payload: { workflow_id: "w", resume_to_node: ref("target") },
        },
        nextNode: "second",
      };
    });
    kernel.workflows.register(workflow);
    const { writer, planner } = plannerOf(kernel, workflow);
    await planner.plan(1);
    expect(writer.run).toMatchObject({
      status: "failed",
      error: { details: { cause: { code: "unknown_node" } } },
    });
    expect(writer.newChildren).toEqual([]);
  });

  it("names the children that nobody waits for", async () => {
    const kernel = newKernel();
    const start: Handler = () => startSubworkflow({ workflow: "w", async: true, next: "second" });
    const workflow = workflowOf(start);
    kernel.workflows.register(workflow);
    const { planner } = plannerOf(kernel, workflow);
    await planner.plan(1);
    expect(planner.startedChildren).toHaveLength(1);
  });

  it("stores the output as the schema makes it, or fails the run", async () => {
    const schema = z.object({ n: z.coerce.number() });
    const good = plannerOf(
      newKernel(),
      workflowOf(() => complete({ n: "1", x: 2 }), schema),
    );
    await good.planner.plan(1);
    expect(good.writer.run).toMatchObject({ status: "completed", output: { n: 1 } });
    const bad = plannerOf(
      newKernel(),
      workflowOf(() => complete({ n: "one" }), schema),
    );
    await bad.planner.plan(1);
    expect(bad.writer.run).toMatchObject({ status: "failed", error: { code: "schema_mismatch" } });
    const throwing = z.unknown().transform(() => {
      throw new Error("a bug in the schema");
    });
    const worst = plannerOf(
      newKernel(),
      workflowOf(() => complete(1), throwing),
    );
    await worst.planner.plan(1);
    expect(worst.writer.run).toMatchObject({
      status: "failed",
      error: { code: "schema_mismatch" },
    });
  });

  it("drops the draft of a handler whose output does not match, and keeps what those before it did", async () => {
    const schema = z.object({ n: z.number() });
    const passing: Handler = (run) => {
      run.vars[run.currentNode] = true;
      return run.currentNode === "first" ? goto("second") : complete({ n: "one" });
    };
    const { planner, writer } = plannerOf(newKernel(), workflowOf(passing, schema));
    expect(await planner.plan(10)).toBe(2);
    expect(writer.run).toMatchObject({
      status: "failed",
      error: { code: "schema_mismatch", nodeId: "second" },
      vars: { first: true },
    });
    expect(writer.run.vars).not.toHaveProperty("second");
  });

  it("commits an effect's end before slow handlers, and only then", async () => {
    const hung = Promise.withResolvers<void>();
    const slow: Handler = async () => {
      await hung.promise;
      return complete(1);
    };
    const kernel = newKernel();
    const { planner, writer, commits } = plannerOf(
      kernel,
      workflowOf(slow),
      intentBody(),
      completed,
    );
    const planning = planner.plan(1);
    await kernel.clock.advance(99);
    expect(commits()).toBe(0);
    await kernel.clock.advance(1);
    expect(commits()).toBe(1);
    hung.resolve();
    await planning;
    expect(writer.run.status).toBe("completed");

    const quick = plannerOf(
      kernel,
      workflowOf(async () => complete(1)),
      intentBody(),
      completed,
    );
    await quick.planner.plan(1);
    expect(quick.commits()).toBe(0);
    expect(kernel.clock.timers).toBe(0);
  });
});
