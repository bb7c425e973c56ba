import { describe, expect, it } from "vitest";
import { createdBody, intentBody, runOf } from "../../test/records.ts";
import { makeGate } from "./make-gate.ts";

describe("makeGate", () => {
  const gate = { gate: "stuck", waitId: "g", prompt: "look", details: { why: "x" } } as const;

  it("stands before the pending effect, and writes nothing to vars", () => {
    expect(makeGate(runOf(createdBody(), intentBody()), gate)).toMatchObject({
      waitId: "g",
      stepId: "run:1",
      reason: "user",
      gate: "stuck",
      waitKeys: [],
      resultKey: null,
      resumeToNode: null,
      prompt: "look",
      details: { gate: "stuck", why: "x" },
    });
  });

  it("stands before the current node where nothing is pending", () => {
    expect(makeGate(runOf(createdBody()), gate).stepId).toBeNull();
  });
});
