import { childOfKey } from "../builtin/start-subworkflow.ts";
import type { ChildEndedMessage, EventMessage, Message } from "../inbox/message.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { parseEventKey } from "./event-key.ts";
import type { Wait } from "./wait.ts";

/**
 * Whether a message is a person's answer to the wait: choices and the workflow's schema for answers apply to it. For the
 * first of several things (`any`) only that part is, which asks a person; elsewhere events are answers too.
 */
export function isAnswer(wait: Wait, message: Message): boolean {
  if (message.kind === "answer") return !wait.any || userKeyOf(wait) !== null;
  return message.kind === "event" && (!wait.any || message.key === userKeyOf(wait));
}

/** The key under which a person answers a wait for the first of several things; null when it asks nobody. */
export function userKeyOf({ reason, waitKeys }: Wait): string | null {
  return reason === "user" ? (waitKeys[0] ?? null) : null;
}

/** The children whose ends a wait for the first of several things listens to. */
export function listedChildren({ any, waitKeys }: Wait): readonly string[] {
  return any ? waitKeys.flatMap((key) => childOfKey(key) ?? []) : [];
}

// What ended such a wait, as its result says it: the JSON of a `WaitAnyResult`.

export function wonByEvent({ key, payload }: EventMessage): JsonObject {
  return { won: "event", key, ...parseEventKey(key), payload };
}

export function wonByUser(answer: JsonValue): JsonObject {
  return { won: "user", answer };
}

export function wonByTime(until: string): JsonObject {
  return { won: "time", until };
}

export function wonByChild(end: ChildEndedMessage): JsonObject {
  return { won: "child", ...toldOf(end) };
}

/** A child's end, as it is told where it is an event. */
export function toldOf({ childId, status, output, error }: ChildEndedMessage): JsonObject {
  return { sub_run_id: childId, status, output, error: error === null ? null : { ...error } };
}
