import type { BuiltInWait } from "../effect/wait-request.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { formatInstant, isInstant, parseInstant } from "../time/instant.ts";
import type { WaitReason } from "../wait/wait.ts";
import { badPayload } from "./bad-payload.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import { scopedKey } from "./scoped-event.ts";
import { childOfKey, subworkflowKey } from "./start-subworkflow.ts";
import { commonWaitOptions, MAX_WAIT_MS } from "./wait-options.ts";

/** Waits for the first of several different things: `events`, a `user`, a time (`until`, `after_ms`), `children`. */
export const waitAnyEffect: BuiltIn = {
  type: "wait_any",
  evaluate(payload: JsonObject, context: BuiltInContext): BuiltInOutcome {
    const parts = readParts(payload, context);
    if (typeof parts === "string") return badPayload(`wait_any: ${parts}`);
    const { events, user, until, children } = parts;
    const keys = [...(user?.keys ?? []), ...events, ...children.map(subworkflowKey)];
    if (keys.length === 0 && until === null)
      return badPayload("wait_any: there is nothing to wait for: give one of its parts");
    const twice = firstTwice(keys);
    if (twice !== undefined) return badPayload(`wait_any: the key "${twice}" is given twice`);
    const { resumeToNode, timeoutNode } = commonWaitOptions(payload, context.now);
    return {
      status: "waiting",
      wait: {
        ...user,
        reason: reasonFor(parts),
        any: true,
        keys,
        ...(resumeToNode !== undefined && { resumeToNode }),
        ...(until !== null && { until }),
        ...(until !== null &&
          timeoutNode !== undefined && {
            timeoutMs: Math.max(0, parseInstant(until) - context.now),
            timeoutNode,
          }),
      },
      ...(children.length > 0 && { awaits: children }),
    };
  },
};

interface Parts {
  readonly events: readonly string[];
  readonly user: BuiltInWait | null;
  /** Instant (ISO 8601). */
  readonly until: string | null;
  readonly children: readonly string[];
}

function firstTwice(keys: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return keys.find((key) => {
    const isSeen = seen.has(key);
    seen.add(key);
    return isSeen;
  });
}

/** 0.2.0 knows one reason: who asks a person is to be found by it, and a time alone is a timer. */
function reasonFor({ events, user, children }: Parts): WaitReason {
  if (user !== null) return "user";
  if (events.length > 0) return "event";
  return children.length > 0 ? "subworkflow" : "until";
}

/** What a payload waits for, or what is wrong with it. */
function readParts(payload: JsonObject, context: BuiltInContext): Parts | string {
  const events = readEvents(payload["events"], context);
  if (typeof events === "string") return events;
  const reserved = events.find((key) => childOfKey(key) !== null);
  if (reserved !== undefined)
    return `payload.events: "${reserved}" is the key of a child's end: give its id in payload.children`;
  const children = readTexts(payload["children"], "payload.children");
  if (typeof children === "string") return children;
  const user = readUser(payload["user"], context);
  if (typeof user === "string") return user;
  const until = readTime(payload, context.now);
  if (until !== null && "fault" in until) return until.fault;
  if (until === null && isThere(payload["timeout_node"]))
    return "payload.timeout_node needs a time: give payload.until or payload.after_ms";
  return { events, user, until: until?.at ?? null, children };
}

/** Keys, and events by scope. */
function readEvents(
  value: JsonValue | undefined,
  context: BuiltInContext,
): readonly string[] | string {
  if (!Array.isArray(value)) return readTexts(value, "payload.events");
  const items: readonly JsonValue[] = value;
  const keys: JsonValue[] = [];
  for (const [index, item] of items.entries()) {
    const read = isJsonObject(item)
      ? scopedKey(item, `payload.events[${index}]`, context)
      : { key: item };
    if ("fault" in read) return read.fault;
    keys.push(read.key);
  }
  return readTexts(keys, "payload.events");
}

function readTexts(value: JsonValue | undefined, where: string): readonly string[] | string {
  if (!isThere(value)) return [];
  const items: readonly JsonValue[] | null = Array.isArray(value) ? value : null;
  const isText = (item: JsonValue): item is string => typeof item === "string" && item !== "";
  return items !== null && items.every(isText)
    ? items
    : `${where} must be a list of texts that are not empty`;
}

function readUser(
  value: JsonValue | undefined,
  context: BuiltInContext,
): BuiltInWait | null | string {
  if (!isThere(value)) return null;
  if (!isJsonObject(value)) return "payload.user must be an object";
  const { prompt, choices, allow_free_text: freeText, wait_key: given, details } = value;
  if (typeof prompt !== "string" || prompt === "") return "payload.user.prompt must be a text";
  const key = given ?? `user:${context.runId}:${context.nodeId}`;
  if (typeof key !== "string" || key === "" || childOfKey(key) !== null)
    return 'payload.user.wait_key must be a text that is not empty, and no "subworkflow:" key';
  if (isThere(choices) && !Array.isArray(choices)) return "payload.user.choices must be a list";
  if (isThere(freeText) && typeof freeText !== "boolean")
    return "payload.user.allow_free_text must be true or false";
  if (isThere(details) && !isJsonObject(details)) return "payload.user.details must be an object";
  return {
    prompt,
    keys: [key],
    allowFreeText: freeText ?? true,
    ...(isThere(choices) && { choices }),
    ...(isThere(details) && { details }),
  };
}

/** The time part: when, or what is wrong with it. */
function readTime(
  payload: JsonObject,
  now: number,
): { readonly at: string } | { readonly fault: string } | null {
  const { until, after_ms: afterMs, timeout_ms: timeoutMs, timeout_at: timeoutAt } = payload;
  if (isThere(timeoutMs) || isThere(timeoutAt))
    return { fault: "the time is given in payload.until or payload.after_ms, as one of its parts" };
  if (isThere(until) && isThere(afterMs))
    return { fault: "payload.until and payload.after_ms exclude each other" };
  if (isThere(until))
    return isInstant(until)
      ? { at: until }
      : { fault: "payload.until must be an instant such as 2026-03-01T09:00:00Z, with its zone" };
  if (!isThere(afterMs)) return null;
  return typeof afterMs === "number" && afterMs >= 0 && afterMs <= MAX_WAIT_MS
    ? { at: formatInstant(now + afterMs) }
    : { fault: "payload.after_ms must be milliseconds, 0 to 100 years" };
}

function isThere<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
