import { describe, expect, it } from "vitest";
import { createdBody, intentBody, now, pendingOf, runOf } from "../../test/records.ts";
import type { WaitOptions } from "../effect/wait-request.ts";
import { formatInstant } from "../time/instant.ts";
import { makeWait } from "./make-wait.ts";

const pending = pendingOf(runOf(createdBody(), intentBody({}, { onError: "mend" })));
const make = (options: WaitOptions): ReturnType<typeof makeWait> => makeWait(pending, options, now);

describe("makeWait", () => {
  it("is a job under the step's wait id, going on as the plan said, unless it says otherwise", () => {
    expect(make({})).toEqual({
      waitId: "wait-1",
      stepId: "run:1",
      reason: "job",
      waitKey: null,
      waitKeys: [],
      until: null,
      resumeToNode: "second",
      onErrorNode: "mend",
      resultKey: "result",
      prompt: null,
      choices: null,
      allowFreeText: true,
      details: null,
      timeout: null,
      gate: null,
      join: null,
      any: false,
    });
  });

  it("takes over what the effect asked for", () => {
    const wait = make({
      reason: "user",
      keys: ["a", "b"],
      prompt: "?",
      choices: ["y", "n"],
      allowFreeText: false,
      details: { d: 1 },
      timeoutMs: 250,
      timeoutNode: "late",
      resumeToNode: "elsewhere",
      resultKey: "other",
    });
    expect(wait).toMatchObject({
      reason: "user",
      waitKey: "a",
      waitKeys: ["a", "b"],
      prompt: "?",
      choices: ["y", "n"],
      allowFreeText: false,
      details: { d: 1 },
      timeout: { at: formatInstant(now + 250), node: "late" },
      resumeToNode: "elsewhere",
      resultKey: "other",
    });
  });

  it("shows a key that no event may end it by", () => {
    expect(make({ shownKey: "subworkflow:c" })).toMatchObject({
      waitKey: "subworkflow:c",
      waitKeys: [],
    });
  });

  it("waits until an instant", () => {
    const until = "2026-02-01T00:00:00Z";
    expect(make({ reason: "until", until }).until).toBe(until);
  });
});
