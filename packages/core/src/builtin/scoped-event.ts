import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import {
  EVENT_TEXT,
  eventKey,
  eventScopes,
  idNames,
  isEventText,
  type EventAddress,
  type EventScope,
} from "../wait/event-key.ts";
import type { BuiltInContext } from "./built-in.ts";

/** An event to wait for, by name and scope. Session and workflow are those of the waiting run, unless others are named. */
export type ScopedEvent = { readonly name: string } & (
  | { readonly scope: "session"; readonly sessionId?: string | undefined }
  | { readonly scope: "workflow"; readonly workflowId?: string | undefined }
  | { readonly scope: "run" | "global" }
);

/** A scoped event as a payload has it. */
export function scopedPayload(event: ScopedEvent): object {
  const { name, scope } = event;
  return {
    name,
    scope,
    session_id: event.scope === "session" ? event.sessionId : undefined,
    workflow_id: event.scope === "workflow" ? event.workflowId : undefined,
  };
}

/** Whether a part of a payload is an event by scope: 0.2.0 knows none. */
export function isScoped(value: JsonValue): value is JsonObject {
  return isJsonObject(value) && (value["scope"] ?? null) !== null;
}

/** The key of an event by scope, or what is wrong with it. */
export function scopedKey(
  value: JsonObject,
  where: string,
  context: BuiltInContext,
): { readonly key: string } | { readonly fault: string } {
  const { name, scope } = value;
  if (!isScope(scope)) return { fault: `${where}.scope must be ${eventScopes.join(", ")}` };
  if (!isEventText(name)) return { fault: `${where}.name must be ${EVENT_TEXT}` };
  for (const other of eventScopes)
    if (other !== scope && (value[`${other}_id`] ?? null) !== null)
      return { fault: `${where}.${other}_id goes with the scope "${other}", not with "${scope}"` };
  if (scope === "global") return { key: eventKey(name, { scope }) };
  const own = context[idNames[scope]];
  const id = value[`${scope}_id`] ?? own;
  if (id === null)
    return { fault: `the run has no session: start it with one, or give ${where}.session_id` };
  if (!isEventText(id)) return { fault: `${where}.${scope}_id must be ${EVENT_TEXT}` };
  if (scope === "run" && id !== own)
    return { fault: `${where}.run_id: a run waits for its own events only` };
  return { key: eventKey(name, { scope, [idNames[scope]]: id } as EventAddress) };
}

function isScope(value: JsonValue | undefined): value is EventScope {
  return eventScopes.some((scope) => scope === value);
}
