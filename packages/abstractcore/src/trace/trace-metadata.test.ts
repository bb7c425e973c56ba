import { describe, expect, it } from "vitest";
import { traceMetadata } from "./trace-metadata.ts";

const nobody = { runId: "run", actorId: null, sessionId: null, parentRunId: null };

describe("traceMetadata", () => {
  it("adds who asks to what the payload says, whose word on it does not count", () => {
    const context = { runId: "run", actorId: "ar_1", sessionId: "s", parentRunId: "parent" };
    const given = { tag: "x", run_id: "forged" };
    expect(traceMetadata(given, context)).toEqual({
      tag: "x",
      run_id: "run",
      actor_id: "ar_1",
      session_id: "s",
      parent_run_id: "parent",
    });
    expect(given).toEqual({ tag: "x", run_id: "forged" });
  });

  it.each([null, undefined, "x", 7, ["a"]])("replaces what is no object: %j", (given) => {
    expect(traceMetadata(given, nobody)).toEqual({ run_id: "run" });
  });

  it("leaves out who is nobody", () => {
    expect(traceMetadata({}, { ...nobody, actorId: "" })).toEqual({ run_id: "run" });
  });
});
