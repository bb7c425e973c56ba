import { describe, expect, it } from "vitest";
import {
  after,
  createdBody,
  firstStep,
  intentBody,
  runOf,
  times,
  waitOf,
} from "../../test/records.ts";
import { formatInstant } from "../time/instant.ts";
import { impliedWakeAt } from "./implied-wake-at.ts";
import type { RunState } from "./run-state.ts";

const now = formatInstant(5_000);
const later = formatInstant(9_000);
const said = { messageId: null, by: null, nodeId: "first", ...times } as const;

function waiting(fields: Parameters<typeof waitOf>[0]): RunState {
  return runOf(createdBody(), intentBody(), {
    kind: "waiting",
    ...firstStep,
    wait: waitOf(fields),
  });
}

describe("impliedWakeAt", () => {
  it("is now for a run with something to do", () => {
    expect(impliedWakeAt(runOf(createdBody()), now, false)).toBe(now);
    expect(impliedWakeAt(runOf(createdBody(), intentBody()), now, false)).toBe(now);
  });

  it("is the retry's time for an effect that backs off", () => {
    const run = runOf(createdBody(), intentBody(), {
      kind: "failed",
      ...firstStep,
      resultKey: null,
      error: { code: "x", message: "x", nodeId: null, stepId: null, attempt: null },
      retryAt: later,
    });
    expect(impliedWakeAt(run, now, false)).toBe(later);
  });

  it("is a timer's instant, a wait's timeout, or never", () => {
    expect(impliedWakeAt(waiting({ reason: "until", until: later }), now, false)).toBe(later);
    expect(impliedWakeAt(waiting({ timeout: { at: later, node: null } }), now, false)).toBe(later);
    expect(impliedWakeAt(waiting({}), now, false)).toBeNull();
  });

  it("is now for a wait whose inbox nobody has looked at", () => {
    expect(impliedWakeAt(waiting({}), now, true)).toBe(now);
  });

  it("is never for a paused or ended run, whatever it waits for", () => {
    const paused = after(waiting({ reason: "until", until: later }), { kind: "paused", ...said });
    expect(impliedWakeAt(paused, now, true)).toBeNull();
    const ended = after(paused, { kind: "cancelled", reason: "r", ...said });
    expect(impliedWakeAt(ended, now, true)).toBeNull();
  });

  it("is the earlier of a timer's time and its timeout's", () => {
    for (const [until, at] of [
      [now, later],
      [later, now],
    ] as const)
      expect(impliedWakeAt(waiting({ until, timeout: { at, node: null } }), "", false)).toBe(now);
  });
});
