import { describe, expect, it } from "vitest";
import { eventKey, parseEventKey, type EventAddress } from "./event-key.ts";

describe("eventKey", () => {
  it.each<[string, EventAddress]>([
    ["evt:session:s-1:paid", { scope: "session", sessionId: "s-1" }],
    ["evt:workflow:order:paid", { scope: "workflow", workflowId: "order" }],
    ["evt:run:r-1:paid", { scope: "run", runId: "r-1" }],
    ["evt:global:global:paid", { scope: "global" }],
    ["evt:session:a%3Ab%25:paid", { scope: "session", sessionId: "a:b%" }],
  ])("is %s", (key, address) => {
    expect(eventKey("paid", address)).toBe(key);
  });

  it.each<[string, string, object, string]>([
    ["no name", "", { scope: "global" }, "needs a name"],
    ["a name that is too long", "x".repeat(1_001), { scope: "global" }, "1,000 characters"],
    ["a name that is half a character", "\ud800", { scope: "global" }, "needs a name"],
    ["no scope of ours", "a", { scope: "tenant" }, "scope: give session, workflow, run, global"],
    ["no session", "a", { scope: "session" }, 'scope "session" needs a sessionId'],
    ["an empty workflow", "a", { scope: "workflow", workflowId: "" }, "needs a workflowId"],
    ["no run", "a", { scope: "run" }, "needs a runId"],
    [
      "another scope's id",
      "a",
      { scope: "session", sessionId: "s", runId: "r" },
      'runId goes with the scope "run", not with "session"',
    ],
    ["an id for all", "a", { scope: "global", sessionId: "s" }, "sessionId goes with"],
  ])("refuses %s", (_, name, address, message) => {
    expect(() => eventKey(name, address as EventAddress)).toThrow(message);
  });
});

it.each(["paid", "evt:session:paid", "evt:tenant:a:b", "evt:global:a:b", "evt:run::b"])(
  "takes %s for no event by scope",
  (key) => {
    expect(parseEventKey(key)).toBe(null);
  },
);
