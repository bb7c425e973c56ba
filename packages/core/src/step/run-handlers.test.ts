import { describe, expect, it } from "vitest";
import { createdBody, runOf } from "../../test/records.ts";
import type { JsonObject } from "../json/json-value.ts";
import { applyPatch } from "../json/patch.ts";
import { silentLogger } from "../ports/silent-logger.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { NodeContext, NodeHandler } from "../workflow/node-handler.ts";
import type { HandlersResult } from "./decision.ts";
import { complete, goto } from "./plan-helpers.ts";
import { runHandlers } from "./run-handlers.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- handlers without schemas
type Nodes = Record<string, NodeHandler<string, any, any>>;

function handlersOf(
  nodes: Nodes,
  options: {
    readonly maxSteps?: number;
    readonly vars?: JsonObject;
    readonly now?: () => number;
  } = {},
): HandlersResult | Promise<HandlersResult> {
  const { maxSteps = Infinity, vars = {}, now = () => 0 } = options;
  const workflow = defineWorkflow<string>({ id: "w", entry: "first", nodes });
  const run = runOf(createdBody({ vars }));
  const context: NodeContext = {
    runId: run.runId,
    now,
    nowIso: () => "",
    random: () => 0,
    logger: silentLogger,
    context: undefined,
  };
  return runHandlers({ workflow, run, context, maxSteps });
}

const effect = { effect: { type: "work" }, nextNode: "first" };

describe("runHandlers", () => {
  it("goes from node to node until one plans an effect, and remembers the path", () => {
    const result = handlersOf({
      first: (run) => {
        run.vars.a = 1;
        return goto("second");
      },
      second: (run) => {
        run.vars.b = run.vars.a + 1;
        return goto("third");
      },
      third: () => effect,
    });
    expect(result).toMatchObject({ path: ["first", "second"], node: "third", steps: 3 });
    expect(applyPatch({}, (result as HandlersResult).changes)).toEqual({ a: 1, b: 2 });
  });

  it("costs no turn of the event loop unless a handler is async", async () => {
    expect(handlersOf({ first: () => complete(1) })).not.toBeInstanceOf(Promise);
    const result = handlersOf({
      first: () => goto("second"),
      second: async (run) => {
        await Promise.resolve();
        run.vars.later = true;
        return goto("third");
      },
      third: (run) => complete(run.vars.later),
    });
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toMatchObject({
      path: ["first", "second"],
      decision: { type: "complete", output: true },
    });
  });

  it("awaits anything that has a then", async () => {
    const thenable = {
      // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
      then: (done: (plan: unknown) => void) => done(complete(5)),
    };
    const nodes = { first: () => thenable } as unknown as Nodes; // a thenable of a foreign library
    expect(await handlersOf(nodes)).toMatchObject({ decision: { output: 5 } });
  });

  it("shows the handler its run, at the node that runs", () => {
    const seen: string[] = [];
    void handlersOf({
      first: (run) => {
        seen.push(`${run.runId} ${run.workflowId} ${run.currentNode} ${run.createdAt}`);
        return goto("second");
      },
      second: (run) => {
        seen.push(run.currentNode);
        return complete(1);
      },
    });
    expect(seen).toEqual(["run w first 2026-01-01T00:00:00.000Z", "second"]);
  });

  it("takes over other vars that the handler puts in place of its draft", () => {
    const result = handlersOf(
      {
        first: (run) => {
          run.vars = { whole: [1] };
          return complete(1);
        },
      },
      { vars: { old: 1 } },
    ) as HandlersResult;
    expect(applyPatch({ old: 1 }, result.changes)).toEqual({ whole: [1] });
  });

  it("fails when vars stop being an object", () => {
    const result = handlersOf({
      first: (run) => {
        run.vars = [1];
        return complete(1);
      },
    });
    expect(result).toMatchObject({
      changes: [],
      decision: { type: "fail", error: { code: "invalid_plan" } },
    });
  });

  it.each<[string, Nodes["first"]]>([
    [
      "throws",
      () => {
        throw new TypeError("oops");
      },
    ],
    [
      "throws later",
      async () => {
        throw new TypeError("oops");
      },
    ],
  ])("drops the draft of a handler that %s, and keeps what went before", async (_how, bad) => {
    const result = await handlersOf({
      first: (run) => {
        run.vars.kept = true;
        return goto("second");
      },
      second: (run, context) => {
        run.vars.dropped = true;
        return bad(run, context);
      },
    });
    expect(applyPatch({}, result.changes)).toEqual({ kept: true });
    expect(result).toMatchObject({
      node: "second",
      path: ["first"],
      decision: {
        type: "fail",
        error: {
          code: "node_failed",
          nodeId: "second",
          message: 'node "second" threw TypeError: oops',
        },
      },
    });
  });

  it("drops the draft of a handler whose plan is bad", () => {
    const result = handlersOf({
      first: (run) => {
        run.vars.dropped = true;
        return goto("nowhere");
      },
    });
    expect(result).toMatchObject({ changes: [], decision: { error: { code: "unknown_node" } } });
  });

  it("fails with what was thrown, whatever that is", () => {
    const result = handlersOf({
      first: () => {
        throw "just a text \ud800"; // oxlint-disable-line no-throw-literal -- users do it
      },
    });
    expect(result).toMatchObject({
      decision: { error: { message: 'node "first" threw just a text \ufffd' } },
    });
  });

  it("fails a change that is not JSON, with its path", () => {
    const result = handlersOf({
      first: (run) => {
        run.vars.when = new Date(0);
        return complete(1);
      },
    });
    expect(result).toMatchObject({
      decision: {
        error: { code: "invalid_json_value", message: expect.stringContaining("vars.when") },
      },
    });
  });

  it("takes what a plan takes from the draft", () => {
    const result = handlersOf(
      { first: (run) => complete({ list: run.vars.list, first: run.vars.list[0] }) },
      { vars: { list: [{ a: 1 }] } },
    );
    expect(structuredClone(result)).toMatchObject({
      decision: { output: { list: [{ a: 1 }], first: { a: 1 } } },
    });
  });

  it("stops after the handlers that it may call", () => {
    const nodes: Nodes = { first: () => goto("second"), second: () => goto("first") };
    expect(handlersOf(nodes, { maxSteps: 3 })).toEqual({
      path: ["first", "second", "first"],
      changes: [],
      node: "second",
      decision: { type: "goto", node: "second" },
      steps: 3,
    });
  });

  it("puts at most 1,000 gotos into one go", () => {
    const nodes: Nodes = { first: () => goto("first") };
    expect(handlersOf(nodes)).toMatchObject({ steps: 1_000, decision: { type: "goto" } });
  });

  it("puts at most 100 milliseconds of gotos into one go", () => {
    let now = 0;
    const nodes: Nodes = {
      first: () => {
        now += 30;
        return goto("first");
      },
    };
    expect(handlersOf(nodes, { now: () => now })).toMatchObject({ steps: 4 });
  });

  it("fails a run that stands at a node which the workflow does not have", () => {
    const workflow = defineWorkflow({ id: "w", entry: "only", nodes: { only: () => complete(1) } });
    const context = {
      runId: "run",
      now: () => 0,
      nowIso: () => "",
      random: () => 0,
      logger: silentLogger,
      context: undefined,
    };
    const result = runHandlers({ workflow, run: runOf(createdBody()), context, maxSteps: 1 });
    expect(result).toMatchObject({ decision: { error: { code: "unknown_node" } } });
  });
});
