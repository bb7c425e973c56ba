import { describe, expect, it } from "vitest";
import type { JsonValue } from "../json/json-value.ts";
import type { FailedRun } from "../run/run-state.ts";
import { decodeRun, encodeRun } from "./run-codec.ts";
import { decodeStoredRun, parseRunText } from "./stored-run-codec.ts";

const failed: FailedRun = {
  runId: "run",
  workflowId: "w",
  workflowVersion: "1",
  graphHash: "g",
  nonce: "n",
  status: "failed",
  currentNode: "ask",
  vars: { a: 1 },
  pending: null,
  waiting: null,
  output: null,
  error: { code: "effect_failed", message: "boom", nodeId: "ask", stepId: "s", attempt: 3 },
  paused: false,
  createdAt: "2026-03-01T09:00:00.000Z",
  updatedAt: "2026-03-01T09:00:00.000Z",
  actorId: null,
  sessionId: null,
  parentRunId: null,
  parent: null,
  origin: null,
  depth: 0,
  revision: 2,
  seq: 4,
  ordinal: 1,
};

describe("a run at rest", () => {
  it("has 0.2.0's fields first, in their order, and its error as text", () => {
    const stored = encodeRun(failed);
    expect(Object.keys(stored).slice(0, 13)).toEqual([
      "run_id",
      "workflow_id",
      "status",
      "current_node",
      "vars",
      "waiting",
      "output",
      "error",
      "created_at",
      "updated_at",
      "actor_id",
      "session_id",
      "parent_run_id",
    ]);
    expect(stored["error"]).toBe("boom");
    expect(stored["error_details"]).toEqual({
      code: "effect_failed",
      node_id: "ask",
      step_id: "s",
      attempt: 3,
    });
  });

  it("is ours when it has a revision, and may then hold any number", () => {
    const text = JSON.stringify({ ...encodeRun(failed), vars: { big: 2 ** 60 } });
    expect(parseRunText(text, "run_run.json")).toMatchObject({
      legacy: false,
      run: { vars: { big: 2 ** 60 } },
    });
  });

  it("is free when it has no head beside it", () => {
    expect(decodeStoredRun(encodeRun(failed), "run_run.json").head).toEqual({
      wakeAt: null,
      leaseId: null,
      leaseOwner: null,
      claims: 0,
      inboxSeq: 0,
      inboxSize: 0,
      commitId: "",
      ledgerHead: null,
    });
  });

  it.each<[string, JsonValue | undefined, string]>([
    ["vars", [], "vars: expected an object, found a list"],
    ["revision", -1, "revision: expected a whole number from 0 on, found -1"],
    ["revision", 1.5, "revision: expected a whole number from 0 on, found 1.5"],
    [
      "created_at",
      "yesterday",
      'created_at: expected an instant like 2026-03-01T09:00:00Z, found "yesterday"',
    ],
    ["nonce", undefined, "nonce: expected a string, found nothing"],
    ["paused", "no", 'paused: expected true or false, found "no"'],
    ["error_details", null, "error_details: expected an object, found null"],
    ["error_details", { code: 1 }, "error_details.code: expected a string, found 1"],
    ["actor_id", {}, "actor_id: expected a string, found an object"],
    ["parent", "p", 'parent: expected an object, found "p"'],
  ])("with a broken %s is refused with its place", (key, value, message) => {
    const read = (): unknown => decodeRun({ ...encodeRun(failed), [key]: value }, "run_run.json");
    expect(read).toThrow(`run_run.json: ${message}`);
    expect(read).toThrow(expect.objectContaining({ code: "store_corrupt" }));
  });

  it("that waits for nothing is refused", () => {
    expect(() => decodeRun({ ...encodeRun(failed), status: "waiting" }, "run_run.json")).toThrow(
      "run_run.json: waiting: expected an object, found null",
    );
  });
});
