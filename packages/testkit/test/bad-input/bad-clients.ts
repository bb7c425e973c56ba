import { createClient, type Client, type ErrorCode } from "@abstractruntime/core";
import type { Scene } from "./scene.ts";
import type { Refused } from "./bad-answers.ts";

function clientOf({ world }: Scene): Client {
  const { store, clock } = world;
  return createClient({ store, clock, closesStore: false });
}

const refused = (
  what: string,
  ask: (client: Client) => unknown,
  code: ErrorCode,
  ...says: readonly string[]
): Refused => ({ what: `client: ${what}`, door: (scene) => ask(clientOf(scene)), code, says });

const starting = (
  what: string,
  options: object | null,
  code: ErrorCode,
  ...says: readonly string[]
): Refused =>
  refused(`start: ${what}`, (client) => client.start("idle", options as object), code, ...says);

const circle: { self?: unknown } = {};
circle.self = circle;

/** What a client refuses, by itself, without the workflow. */
export const badClients: readonly Refused[] = [
  starting("an input that is a list", { input: [1] }, "invalid_json_value", "input", "object"),
  starting("an input that is a text", { input: "x" }, "invalid_json_value", "input", "object"),
  starting("a Date", { input: { at: new Date(0) } }, "invalid_json_value", "input.at"),
  starting("a circle", { input: circle }, "invalid_json_value", "input.self"),
  starting("a function", { input: { f: () => 1 } }, "invalid_json_value", "input.f"),
  starting("a bad budget", { input: { _limits: { budget_cost: "x" } } }, "invalid_argument"),
  starting("vars", { vars: { n: 1 } }, "invalid_argument", "options.vars", "input"),
  starting("no options", null, "invalid_argument", "options"),
  starting("an id that is a path", { id: "../x" }, "invalid_id", "../x"),
  starting("an empty id", { id: "" }, "invalid_id"),
  starting("an actor that is no text", { actorId: 7 }, "invalid_argument", "actorId"),
  starting("a session that is too long", { sessionId: "x".repeat(1_001) }, "invalid_argument"),
  starting("an empty version", { version: "" }, "invalid_argument", "version"),
  starting("a version that is no text", { version: 2 }, "invalid_argument", "version"),
  starting("another run's id", { id: "open" }, "run_exists", "open"),
  ...["", 7, undefined, "\ud800"].map((id) =>
    refused(
      `start: the workflow ${JSON.stringify(id)}`,
      (client) => client.start(id as string),
      "invalid_argument",
      "workflow's id",
    ),
  ),
  refused(
    "resume: a choice that is none",
    (client) => client.resume("choice", "perhaps", { waitKey: "user:choice:wait" }),
    "invalid_answer",
  ),
  refused(
    "resume: another wait",
    (client) => client.resume("open", 1, { waitId: "w" }),
    "wait_id_mismatch",
  ),
  refused(
    "emitEvent: no session",
    (client) => client.emitEvent("e", 1, { scope: "session" } as never),
    "invalid_argument",
    "sessionId",
  ),
  refused("cancelRun: nobody", (client) => client.cancelRun("nobody"), "run_not_found", "nobody"),
  refused("result: nobody", (client) => client.result("nobody"), "run_not_found", "nobody"),
  ...[-1, Number.NaN, "soon"].map((timeoutMs) =>
    refused(
      `result: within ${String(timeoutMs)} ms`,
      (client) => client.result("open", { timeoutMs: timeoutMs as number }),
      "invalid_argument",
      "timeoutMs",
    ),
  ),
];
