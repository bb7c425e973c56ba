import { describe, expect, it } from "vitest";
import type { KeptEvent } from "../inbox/message.ts";
import { KeptEvents } from "./kept-events.ts";

function event(messageId: string, expiresAtMs: number, key = "key"): KeptEvent {
  return {
    message: { kind: "event", key, payload: null, messageId, by: null, sentAt: at(0) },
    expiresAt: at(expiresAtMs),
  };
}

function at(ms: number): string {
  return new Date(ms).toISOString();
}

describe("KeptEvents", () => {
  it("gives what is kept once, in the order of publication across keys", () => {
    const events = new KeptEvents();
    for (const [id, key] of [
      ["1", "a"],
      ["2", "b"],
      ["3", "a"],
    ] as const)
      expect(events.keep(event(id, 1_000, key), 0)).toBe(true);
    expect(events.take(["b", "a", "b"], 0).map(({ messageId }) => messageId)).toEqual([
      "1",
      "2",
      "3",
    ]);
    expect(events.take(["a", "b"], 0)).toEqual([]);
  });

  it("does not keep what somebody got, until it expired", () => {
    const events = new KeptEvents();
    events.give(event("1", 1_000), 0);
    expect(events.keep(event("1", 1_000), 999)).toBe(false);
    expect(events.keep(event("1", 3_000), 1_000)).toBe(true);
    expect(events.take(["key"], 1_000)).toHaveLength(1);
    expect(events.keep(event("1", 3_000), 1_000)).toBe(false);
  });

  it("keeps nothing that has expired", () => {
    const events = new KeptEvents();
    expect(events.keep(event("late", 1_000), 1_000)).toBe(false);
    events.keep(event("soon", 1_000), 0);
    expect(events.take(["key"], 1_000)).toEqual([]);
  });

  it("forgets expired events as others come, and none that is still kept", () => {
    const events = new KeptEvents();
    events.keep(event("lasting", 1_000_000), 0);
    for (let n = 0; n < 5_000; n += 1) events.keep(event(`brief-${n}`, n + 1), n);
    const taken = events.take(["key"], 4_999).map(({ messageId }) => messageId);
    expect(taken).toEqual(["lasting", "brief-4999"]);
  });
});
