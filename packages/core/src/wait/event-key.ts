import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** Among whom an event's name means something: the runs of a session, of a workflow, one run, or all. */
export type EventScope = "session" | "workflow" | "run" | "global";

/** Whose event it is. */
export type EventAddress =
  | { readonly scope: "session"; readonly sessionId: string }
  | { readonly scope: "workflow"; readonly workflowId: string }
  | { readonly scope: "run"; readonly runId: string }
  | { readonly scope: "global" };

export const eventScopes: readonly EventScope[] = ["session", "workflow", "run", "global"];

/** The longest name, and the longest id, in characters. */
const MAX_LENGTH = 1_000;

/** Where a scope's id stands in an `EventAddress`. */
export const idNames: {
  readonly session: "sessionId";
  readonly workflow: "workflowId";
  readonly run: "runId";
} = { session: "sessionId", workflow: "workflowId", run: "runId" };

/**
 * The wait key of a scoped event: `evt:<scope>:<id>:<name>`, with `global` as the id of the scope `global`. `%` and `:` in
 * the id are written as in a URL, so that two events never share a key. By it `resume` and `listRuns` find the waits for it.
 *
 * @example
 * eventKey("paid", { scope: "session", sessionId: "s-1" }); // "evt:session:s-1:paid"
 *
 * @throws invalid_argument the scope is none, its id is missing or another's is given, or the name is no text
 */
export function eventKey(name: string, address: EventAddress): string {
  const { scope }: { readonly scope: EventScope } = address;
  const ids: { readonly [id: string]: unknown } = { ...address };
  if (!isEventText(name)) throw invalid(`an event needs a name: ${EVENT_TEXT}`);
  if (!eventScopes.includes(scope)) throw invalid(`scope: give ${eventScopes.join(", ")}`);
  for (const [other, id] of Object.entries(idNames))
    if (other !== scope && ids[id] !== undefined)
      throw invalid(`${id} goes with the scope "${other}", not with "${scope}"`);
  if (scope === "global") return keyOf(scope, scope, name);
  const id = ids[idNames[scope]];
  if (isEventText(id)) return keyOf(scope, id, name);
  throw invalid(`an event of scope "${scope}" needs a ${idNames[scope]}: ${EVENT_TEXT}`);
}

/** What names and ids of events are, for messages. */
export const EVENT_TEXT: string = `a text of 1 to ${MAX_LENGTH.toLocaleString("en")} characters`;

export function isEventText(value: unknown): value is string {
  return (
    typeof value === "string" && value !== "" && value.length <= MAX_LENGTH && value.isWellFormed()
  );
}

/** The name and scope of the event that a wait key is for; null for other keys. */
export function parseEventKey(
  key: string,
): { readonly name: string; readonly scope: EventScope } | null {
  const [, scope, id, name] = pattern.exec(key) ?? [];
  if (name === undefined || (scope === "global" && id !== scope)) return null;
  return { name, scope: scope as EventScope };
}

const pattern = /^evt:(session|workflow|run|global):([^:]+):(.+)$/s;

/** How the keys of all events for one run begin. */
export function runEventPrefix(runId: string): string {
  return keyOf("run", runId, "");
}

function keyOf(scope: EventScope, id: string, name: string): string {
  return `evt:${scope}:${id.replaceAll("%", "%25").replaceAll(":", "%3A")}:${name}`;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
