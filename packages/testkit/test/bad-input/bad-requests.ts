import { complete, defineWorkflow } from "@abstractruntime/core";
import type { Refused } from "./bad-answers.ts";
import { dates, idle, schema, typed, type Scene } from "./scene.ts";

const starting = (
  what: string,
  options: object,
  code: Refused["code"],
  says: readonly string[],
  workflow = idle,
): Refused => ({
  what: `start: ${what}`,
  door: ({ runtime }) => runtime.start(workflow, options),
  code,
  says,
});

const withVars = (vars: ReturnType<typeof schema>) =>
  defineWorkflow({ id: "stamped", entry: "a", vars, nodes: { a: () => complete(null) } });

/** Every verb that says who sends a message, and which. */
const senders: Readonly<
  Record<
    string,
    (scene: Scene, said: { by?: string; messageId?: string; eventId?: string }) => unknown
  >
> = {
  resume: ({ runtime }, said) => runtime.resume("open", 1, { waitKey: "k", ...said }),
  settle: ({ runtime, waitIds }, said) =>
    runtime.settle("sends", waitIds["sends"] ?? "", "give_up", said),
  cancelRun: ({ runtime }, said) => runtime.cancelRun("open", "why", said),
  pauseRun: ({ runtime }, said) => runtime.pauseRun("open", said),
  updateLimits: ({ runtime }, said) => runtime.updateLimits("open", { max_tokens: 1 }, said),
  emitEvent: ({ runtime }, said) => runtime.emitEvent("a", 1, said),
};

const ids: readonly unknown[] = [
  "",
  "a/b",
  "..",
  "../../etc/passwd",
  ".a",
  "a\0b",
  "a b",
  "a\n",
  "é",
  "x".repeat(201),
  7,
  null,
  {},
];

/** Things asked of a runtime that make no sense. */
export const badRequests: readonly Refused[] = [
  ...ids.map((id) => starting(`the id ${JSON.stringify(id)}`, { id }, "invalid_id", ["run id"])),
  starting("vars that are a list", { vars: [1] }, "invalid_json_value", ["vars"]),
  starting("vars that are a text", { vars: "x" }, "invalid_json_value", ["vars"]),
  starting(
    "vars that the schema refuses",
    { vars: { n: "1" } },
    "schema_mismatch",
    ["vars.n: give a number"],
    typed,
  ),
  starting("no vars where the schema wants some", {}, "schema_mismatch", ["vars.n"], typed),
  starting(
    "a schema that makes a Date",
    {},
    "invalid_json_value",
    ["vars.when: Date is not JSON"],
    withVars(dates),
  ),
  starting("limits that are not JSON", { vars: { _limits: { n: 1n } } }, "invalid_json_value", [
    "vars._limits.n",
  ]),
  starting("an actor that is no text", { actorId: 7 }, "invalid_argument", ["actorId"]),
  starting("an actor with a lone surrogate", { actorId: "\ud800" }, "invalid_argument", [
    "actorId",
  ]),
  starting("a session of 2,000 characters", { sessionId: "s".repeat(2_000) }, "invalid_argument", [
    "sessionId",
  ]),
  starting("the id of a run of another workflow", { id: "open" }, "run_exists", ["open"]),
  starting("the id of a run with other vars", { id: "ended", vars: { other: 1 } }, "run_exists", [
    "ended",
  ]),
  starting("a negative step budget", { maxSteps: -1 }, "invalid_argument", ["maxSteps"]),
  starting("a step budget that is no number", { maxSteps: Number.NaN }, "invalid_argument", [
    "maxSteps",
  ]),
  {
    what: "start: another graph under a version that is registered",
    door: ({ runtime }) =>
      runtime.start(defineWorkflow({ id: "idle", entry: "b", nodes: { b: () => complete(1) } })),
    code: "duplicate_workflow",
    says: ["idle", "version 1"],
  },
  ...["tick", "getState", "cancelRun", "pauseRun", "unpauseRun", "run", "result"].map(
    (verb): Refused => ({
      what: `${verb}: a run that is not there`,
      door: ({ runtime }) =>
        (runtime as unknown as Record<string, (id: string) => unknown>)[verb]?.call(
          runtime,
          "nobody",
        ), // by name
      code: "run_not_found",
      says: ["nobody"],
    }),
  ),
  ...["pauseRun", "unpauseRun"].map((verb): Refused => ({
    what: `${verb}: a run that has ended`,
    door: ({ runtime }) =>
      (runtime as unknown as Record<string, (id: string) => unknown>)[verb]?.call(runtime, "ended"), // by name
    code: "run_ended",
    says: ["ended"],
  })),
  ...[-1, Number.NaN, "5"].map((maxSteps): Refused => ({
    what: `tick: ${JSON.stringify(maxSteps)} steps`,
    door: ({ runtime }) => runtime.tick("running", { maxSteps: maxSteps as number }),
    code: "invalid_argument",
    says: ["maxSteps"],
  })),
  {
    what: "tick: a workflow that is not registered",
    door: ({ world }) => world.runtime().tick("running"),
    code: "workflow_not_registered",
    says: ["idle", "workflows"],
  },
  {
    what: "tick: a graph that has changed",
    door: ({ world }) => {
      const nodes = { a: () => complete(1), b: () => complete(2) };
      const changed = defineWorkflow({ id: "idle", version: "2", entry: "a", nodes });
      return world.runtime({ workflows: [changed] }).tick("running");
    },
    code: "workflow_changed",
    says: ["version 1", "version 2"],
  },
  ...["", undefined, 7, "\ud800"].map((key): Refused => ({
    what: `emitEvent: the key ${JSON.stringify(key)}`,
    door: ({ runtime }) => runtime.emitEvent(key as string, 1),
    code: "invalid_argument",
    says: ["an event needs a key"],
  })),
  ...(
    [
      ["an empty name", "", { scope: "global" }, "needs a name"],
      ["no scope of ours", "a", { scope: "tenant", tenantId: "t" }, "scope: give session"],
      ["a scope that is no text", "a", { scope: 7 }, "scope: give session"],
      ["no session", "a", { scope: "session" }, "needs a sessionId"],
      ["an empty session", "a", { scope: "session", sessionId: "" }, "needs a sessionId"],
      ["a workflow that is no text", "a", { scope: "workflow", workflowId: 7 }, "a workflowId"],
      ["no run", "a", { scope: "run" }, "needs a runId"],
      ["two ids", "a", { scope: "session", sessionId: "s", runId: "open" }, "runId goes with"],
      ["a session without its scope", "a", { sessionId: "s" }, 'give scope: "session"'],
      ["a workflow without its scope", "a", { workflowId: "w" }, 'give scope: "workflow"'],
    ] as const
  ).map(([what, name, options, says]): Refused => ({
    what: `emitEvent: ${what}`,
    door: ({ runtime }) => runtime.emitEvent(name, 1, options as object),
    code: "invalid_argument",
    says: [says],
  })),
  {
    what: "emitEvent: by scope for a run that is not there",
    door: ({ runtime }) => runtime.emitEvent("a", 1, { scope: "run", runId: "nobody" }),
    code: "run_not_found",
    says: ["nobody"],
  },
  {
    what: "emitEvent: for a run that is not there",
    door: ({ runtime }) => runtime.emitEvent("a", 1, { runId: "nobody" }),
    code: "run_not_found",
    says: ["nobody"],
  },
  {
    what: "emitEvent: for a run that has ended",
    door: ({ runtime }) => runtime.emitEvent("a", 1, { runId: "ended" }),
    code: "run_ended",
    says: ["ended"],
  },
  ...[-1, Number.NaN, 1e300].map((keepMs): Refused => ({
    what: `emitEvent: kept for ${keepMs} ms`,
    door: ({ runtime }) => runtime.emitEvent("a", 1, { keepMs }),
    code: "invalid_argument",
    says: ["keepMs"],
  })),
  ...[{ max_wishes: 3 }, { max_tokens: "lots" }, { current_iteration: -1 }, [], null].map(
    (updates): Refused => ({
      what: `updateLimits: ${JSON.stringify(updates)}`,
      door: ({ runtime }) => runtime.updateLimits("open", updates as object),
      code: "invalid_argument",
      says: ["limits"],
    }),
  ),
  {
    what: "updateLimits: a run that has ended",
    door: ({ runtime }) => runtime.updateLimits("ended", { max_tokens: 1 }),
    code: "run_ended",
    says: ["ended"],
  },
  ...[7, "\ud800", "x".repeat(1_001)].flatMap((by): readonly Refused[] =>
    Object.entries(senders).map(([verb, door]) => ({
      what: `${verb}: by ${JSON.stringify(by).slice(0, 20)}`,
      door: (scene) => door(scene, { by: by as string }),
      code: "invalid_argument",
      says: ["by must be a text"],
    })),
  ),
  ...[7, "", "\ud800"].flatMap((id): readonly Refused[] =>
    Object.entries(senders).map(([verb, door]) => ({
      what: `${verb}: the message id ${JSON.stringify(id)}`,
      door: (scene) => door(scene, { messageId: id as string, eventId: id as string }),
      code: "invalid_argument",
      says: ["Id must"],
    })),
  ),
  {
    what: "cancelRun: a reason that is no text",
    door: ({ runtime }) => runtime.cancelRun("open", 7 as unknown as string),
    code: "invalid_argument",
    says: ["reason"],
  },
  ...[0, -1, 1.5, 1_001].map((limit): Refused => ({
    what: `listRuns: a page of ${limit}`,
    door: ({ runtime }) => runtime.listRuns({ limit }),
    code: "invalid_argument",
    says: ["limit"],
  })),
  {
    what: "listRuns: a cursor that is none",
    door: ({ runtime }) => runtime.listRuns({ cursor: "?" }),
    code: "invalid_argument",
    says: ["cursor"],
  },
  {
    what: "listRuns: a time that is none",
    door: ({ runtime }) => runtime.listRuns({ createdAfter: "yesterday" }),
    code: "invalid_instant",
    says: ['"yesterday"'],
  },
  ...(["start", "tick", "resume", "run", "emitEvent", "cancelRun", "updateLimits"] as const).map(
    (verb): Refused => ({
      what: `${verb}: a runtime that was closed`,
      door: async (scene) => {
        await scene.runtime.close();
        return verbs[verb]?.(scene);
      },
      code: "runtime_closed",
      says: ["closed"],
    }),
  ),
];

const verbs: Readonly<Record<string, (scene: Scene) => unknown>> = {
  start: ({ runtime }) => runtime.start(idle),
  tick: ({ runtime }) => runtime.tick("running"),
  resume: ({ runtime }) => runtime.resume("open", 1, { waitKey: "k" }),
  run: ({ runtime }) => runtime.run("running"),
  emitEvent: ({ runtime }) => runtime.emitEvent("a"),
  cancelRun: ({ runtime }) => runtime.cancelRun("open"),
  updateLimits: ({ runtime }) => runtime.updateLimits("open", { max_tokens: 1 }),
};

/** Calls whose signal was aborted before: they end with its reason, and do nothing. */
export const abortedCalls: readonly {
  readonly what: string;
  readonly door: (scene: Scene, signal: AbortSignal) => unknown;
}[] = [
  { what: "start", door: ({ runtime }, signal) => runtime.start(idle, { signal }) },
  { what: "tick", door: ({ runtime }, signal) => runtime.tick("running", { signal }) },
  { what: "run", door: ({ runtime }, signal) => runtime.run("running", { signal }) },
  {
    what: "resume",
    door: ({ runtime }, signal) => runtime.resume("open", 1, { waitKey: "k", signal }),
  },
  { what: "result", door: ({ runtime }, signal) => runtime.result("running", { signal }) },
];
