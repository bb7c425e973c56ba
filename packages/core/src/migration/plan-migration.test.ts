import { describe, expect, it } from "vitest";
import { z } from "zod";
import { after, createdBody, intentBody, now, runOf, times, waitOf } from "../../test/records.ts";
import { complete } from "../step/plan-helpers.ts";
import type { RunState } from "../run/run-state.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { Migration } from "./migration.ts";
import { planMigration, type MigratedBody } from "./plan-migration.ts";

/** Version 2 with these nodes. */
function taker(
  nodes: readonly string[],
  migration: Partial<Migration> = {},
  more: { readonly vars?: Workflow["varsSchema"] } = {},
): Workflow {
  const handlers = Object.fromEntries(nodes.map((node) => [node, () => complete(null)]));
  return defineWorkflow<string, never>({
    id: "w",
    version: "2",
    entry: nodes[0] ?? "",
    nodes: handlers,
    migrate: [{ from: "1", ...migration }],
    ...(more as object),
  });
}

async function planned(run: RunState, workflow: Workflow): Promise<MigratedBody> {
  const plan = await planMigration(run, workflow, now);
  if ("obstacles" in plan) throw new Error(JSON.stringify(plan.obstacles));
  return plan.record;
}

async function obstacles(run: RunState, workflow: Workflow): Promise<readonly string[]> {
  const plan = await planMigration(run, workflow, now);
  if ("record" in plan) return [];
  return plan.obstacles.map(({ code, message }) => `${code}: ${message}`);
}

const pendingRun = runOf(createdBody(), intentBody({}, { onError: "oops" }));
const waitingRun = (fields: Parameters<typeof waitOf>[0] = {}): RunState =>
  runOf(createdBody(), intentBody({ kind: "ready" }), {
    kind: "waiting",
    nodeId: "first",
    stepId: "run:1",
    ordinal: 1,
    attempt: 1,
    idempotencyKey: "key",
    effectType: "work",
    wait: waitOf(fields),
    ...times,
  });

describe("planMigration", () => {
  it("gives every node its new name, and leaves the step as it is", async () => {
    const nodes = { first: "one", second: "two", oops: "three" };
    const record = await planned(pendingRun, taker(["one", "two", "three"], { nodes }));
    expect(record).toMatchObject({ kind: "migrated", nodeId: "one", workflowVersion: "2" });
    const { pending } = pendingRun;
    expect(record.pending).toEqual({ ...pending, nodeId: "one", next: "two", onError: "three" });
    expect(after(pendingRun, record)).toMatchObject({
      status: "running",
      currentNode: "one",
      graphHash: record.graphHash,
      ordinal: 1,
    });
  });

  it("gives a wait's ways on their new names", async () => {
    const timeout = { at: "2026-01-02T00:00:00.000Z", node: "late" };
    const run = waitingRun({ onErrorNode: "oops", timeout });
    const nodes = { first: "one", second: "two", oops: "three", late: "four" };
    const record = await planned(run, taker(["one", "two", "three", "four"], { nodes }));
    expect(record.waiting).toEqual({
      ...run.waiting,
      resumeToNode: "two",
      onErrorNode: "three",
      timeout: { ...timeout, node: "four" },
    });
    expect(after(run, record)).toMatchObject({ status: "waiting", currentNode: "one" });
  });

  it("may let two nodes change names", async () => {
    const nodes = { first: "second", second: "first" };
    const run = waitingRun();
    const record = await planned(run, taker(["first", "second"], { nodes }));
    expect(record).toMatchObject({ nodeId: "second", waiting: { resumeToNode: "first" } });
  });

  it("names every node that is missing, and where", async () => {
    const timeout = { at: "2026-01-02T00:00:00.000Z", node: "late" };
    const places = [
      ...(await obstacles(pendingRun, taker(["other"]))),
      ...(await obstacles(waitingRun({ onErrorNode: "oops", timeout }), taker(["other"]))),
    ].map((text) =>
      /^missing_node: (\S+) is node "(\w+)", which version 2/.exec(text)?.slice(1, 3),
    );
    expect(places).toEqual([
      ["currentNode", "first"],
      ["pending.next", "second"],
      ["pending.onError", "oops"],
      ["currentNode", "first"],
      ["waiting.resumeToNode", "second"],
      ["waiting.onErrorNode", "oops"],
      ["waiting.timeout.node", "late"],
    ]);
  });

  it("asks for the nodes in a payload under their own names, since a payload stays as it is", async () => {
    const effect = {
      type: "work",
      payload: { timeout_node: "late", resume_to_node: "second" },
      resultKey: null,
      refs: null,
    };
    const run = runOf(createdBody(), intentBody({}, { effect }));
    const renamed = taker(["first", "two"], { nodes: { second: "two", late: "two" } });
    expect(await obstacles(run, renamed)).toEqual([
      expect.stringMatching(
        /^missing_node: pending.effect.payload.resume_to_node is node "second"/,
      ),
      expect.stringMatching(/^missing_node: pending.effect.payload.timeout_node is node "late"/),
    ]);
    expect(await obstacles(run, taker(["first", "second", "late"]))).toEqual([]);
  });

  it("says everything that is in the way at once", async () => {
    const schema = z.object({ n: z.number() });
    const found = await obstacles(waitingRun(), taker(["first"], {}, { vars: schema }));
    expect(found.map((text) => text.split(":")[0])).toEqual(["missing_node", "schema_mismatch"]);
  });

  it("is offered by version", async () => {
    const run = runOf(createdBody({ workflowVersion: "0" }));
    expect(await obstacles(run, taker(["first"]))).toEqual([
      expect.stringMatching(
        /^no_migration: version 2, graph \w+, offers no migration from version 0$/,
      ),
    ]);
  });

  it("moves the place of a result that is to come, with the nearest parent that moved", async () => {
    const resultKeys = { result: "results.first", "a.b": "c", a: "d" };
    const moved = async (resultKey: string | null): Promise<unknown> => {
      const record = await planned(
        waitingRun({ resultKey }),
        taker(["first", "second"], { resultKeys }),
      );
      return record.waiting?.resultKey;
    };
    expect(await moved("result")).toBe("results.first");
    expect(await moved("a.b.x")).toBe("c.x");
    expect(await moved("a.x")).toBe("d.x");
    expect(await moved("ab")).toBe("ab");
    expect(await moved(null)).toBe(null);
    const record = await planned(pendingRun, taker(["first", "second", "oops"], { resultKeys }));
    expect(record.pending?.effect.resultKey).toBe("results.first");
  });

  it("changes vars as a patch, with the defaults of the new schema", async () => {
    const run = runOf(createdBody({ vars: { name: "ada", _limits: { max_tokens: 1 } } }));
    const schema = z.strictObject({ title: z.string(), tries: z.number().default(0) });
    const vars = (draft: { title?: string; name?: string }, was: RunState): void => {
      draft.title = `${draft.name} of ${was.workflowVersion}`;
      delete draft.name;
    };
    const record = await planned(run, taker(["first"], { vars }, { vars: schema }));
    expect(after(run, record).vars).toEqual({
      title: "ada of 1",
      tries: 0,
      _limits: { max_tokens: 1 },
    });
    expect(JSON.stringify(record.changes)).not.toContain("max_tokens");
    expect(run.vars).toEqual({ name: "ada", _limits: { max_tokens: 1 } });
  });

  it("knows that a branch has vars of its own", async () => {
    const parent = { runId: "p", stepId: "p:1", waitId: null, index: 0, branch: true };
    const schema = z.object({ n: z.number() });
    const run = runOf(createdBody({ parentRunId: "p", parent }));
    expect(await obstacles(run, taker(["first"], {}, { vars: schema }))).toEqual([]);
  });

  it.each<[string, NonNullable<Migration["vars"]>, string]>([
    [
      "throws",
      () => {
        throw new Error("boom");
      },
      "migration_failed: the migration's vars: boom",
    ],
    ["returns vars", (vars) => ({ ...vars }), "returns nothing"],
    ["returns a promise", async () => {}, "returns nothing"],
    ["writes what is not JSON", (vars) => void (vars.n = Number.NaN), "vars.n"],
    ["writes undefined into a list", (vars) => void (vars.list = [undefined]), "vars.list"],
  ])("refuses a migration that %s", async (_, vars, says) => {
    const found = await obstacles(runOf(createdBody()), taker(["first"], { vars }));
    expect(found).toEqual([expect.stringContaining(says)]);
    expect(found[0]).toMatch(/^migration_failed: /);
  });

  it("closes the draft that a migration keeps", async () => {
    let kept: Record<string, unknown> = {};
    const vars = (draft: Record<string, unknown>): void => void (kept = draft);
    await planned(runOf(createdBody()), taker(["first"], { vars }));
    expect(() => (kept["late"] = 1)).toThrow(Error);
  });
});
