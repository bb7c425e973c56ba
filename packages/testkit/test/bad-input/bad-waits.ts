import type { ErrorCode, JsonObject } from "@abstractruntime/core";

/** A payload of `wait_any` with which no wait can begin; `says` are parts of the message. */
export interface BadWait {
  readonly what: string;
  readonly payload: JsonObject;
  readonly code: ErrorCode;
  readonly says: readonly string[];
}

const bad = (what: string, payload: JsonObject, ...says: readonly string[]): BadWait => ({
  what,
  payload,
  code: "invalid_argument",
  says: ["wait_any", ...says],
});

export const badWaits: readonly BadWait[] = [
  bad("nothing to wait for", {}, "nothing to wait for"),
  bad("nothing but empty lists", { events: [], children: [] }, "nothing to wait for"),
  bad("events that are no list", { events: "paid" }, "payload.events", "list"),
  bad("an empty key", { events: ["paid", ""] }, "payload.events", "not empty"),
  bad("a key that is no text", { events: [7] }, "payload.events"),
  bad("a key twice", { events: ["paid", "paid"] }, '"paid"', "twice"),
  bad("an event without a scope", { events: [{ name: "a" }] }, "payload.events[0].scope"),
  bad("no scope of ours", { events: [{ name: "a", scope: "tenant" }] }, "session, workflow, run"),
  bad("an empty name", { events: [{ name: "", scope: "run" }] }, "payload.events[0].name"),
  bad("a session of no run's", { events: [{ name: "a", scope: "session" }] }, "no session"),
  bad("another run", { events: [{ name: "a", scope: "run", run_id: "x" }] }, "its own events"),
  bad("a child's key", { events: ["subworkflow:c"] }, '"subworkflow:c"', "payload.children"),
  bad("a question that is a text", { user: "Stop?" }, "payload.user", "object"),
  bad("a question without a prompt", { user: { wait_key: "k" } }, "payload.user.prompt"),
  bad("a question's empty key", { user: { prompt: "?", wait_key: "" } }, "payload.user.wait_key"),
  bad("choices that are no list", { user: { prompt: "?", choices: "y" } }, "payload.user.choices"),
  bad("two times", { until: "2026-03-01T09:00:00Z", after_ms: 1 }, "until", "after_ms", "exclude"),
  bad("a time without a zone", { until: "2026-03-01 09:00" }, "payload.until", "zone"),
  bad("a negative time", { after_ms: -1 }, "payload.after_ms"),
  bad("a timeout beside its parts", { events: ["paid"], timeout_ms: 5 }, "payload.after_ms"),
  bad("a node for no time", { events: ["paid"], timeout_node: "end" }, "payload.timeout_node"),
  bad("children that are no list", { children: "c" }, "payload.children"),
  {
    what: "a child that is not there",
    payload: { children: ["nobody"] },
    code: "run_not_found",
    says: ["payload.children", "nobody"],
  },
  {
    what: "a child's id that is none",
    payload: { children: ["../nobody"] },
    code: "invalid_id",
    says: ["payload.children", "../nobody"],
  },
];
