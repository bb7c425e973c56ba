import { inspect } from "node:util";
import { MemorySnapshotStore, type ErrorCode } from "@abstractruntime/core";
import type { Refused } from "./bad-answers.ts";
import type { Scene } from "./scene.ts";

const fork = (
  what: string,
  runId: string,
  options: object | null | undefined,
  code: ErrorCode,
  says: readonly string[],
): Refused => ({
  what: `fork: ${what}`,
  door: ({ runtime }) => runtime.fork(runId, options as never), // what untyped callers give
  code,
  says,
});

const ask = { effects: "ask" };

/** A runtime of the scene that has snapshots. */
function withSnapshots({ world }: Scene) {
  const snapshots = new MemorySnapshotStore({ clock: world.clock });
  return world.runtime({ snapshots });
}

const snapshot = (
  what: string,
  options: object,
  code: ErrorCode,
  says: readonly string[],
  runId = "open",
): Refused => ({
  what: `snapshot: ${what}`,
  door: (scene) => withSnapshots(scene).snapshot(runId, options as never),
  code,
  says,
});

const inThePast = (verb: "stateAt" | "diff", seq: unknown): Refused => ({
  what: `${verb}: record ${String(seq)}`,
  door: ({ runtime }) =>
    verb === "stateAt"
      ? runtime.stateAt("open", seq as number)
      : runtime.diff("open", 1, seq as number),
  code: "invalid_argument",
  says: ["run open has no record", "from 1 to 3"],
});

/** Copies of runs, and looks at their past, that make no sense. */
export const badForks: readonly Refused[] = [
  fork("no options", "open", undefined, "invalid_argument", ["options"]),
  fork("options that are a list", "open", [], "invalid_argument", ["options"]),
  fork("no word on effects", "open", {}, "invalid_argument", ["effects", "recorded", "ask"]),
  fork("a policy that there is not", "open", { effects: "replay" }, "invalid_argument", ["rerun"]),
  fork("an option that there is not", "open", { ...ask, seq: 2 }, "invalid_argument", [
    "options.seq",
    "atSeq",
  ]),
  fork("a run that is not there", "nobody", ask, "run_not_found", ["nobody"]),
  fork("the end of a run that has ended", "ended", ask, "run_ended", ["ended", "earlier"]),
  fork("the end of a cancelled run", "cancelled", ask, "run_ended", ["cancelled"]),
  ...[0, -1, 1.5, 99, Number.NaN, "2", null, {}].map((atSeq) =>
    fork(`record ${inspect(atSeq)}`, "open", { ...ask, atSeq }, "invalid_argument", [
      "run open has no record",
    ]),
  ),
  ...["", "a/b", "../x", "a\n", 7, null, "x".repeat(201)].map((id) =>
    fork(`the id ${JSON.stringify(id)}`, "open", { ...ask, id }, "invalid_id", ["run id"]),
  ),
  fork("the id of another run", "open", { ...ask, id: "choice" }, "run_exists", ["choice"]),
  fork("its own id", "open", { ...ask, id: "open" }, "run_exists", ["open"]),
  ...(["actorId", "sessionId", "by"] as const).flatMap((name) =>
    [7, "\ud800", "s".repeat(2_000)].map((value) =>
      fork(
        `${name} ${String(value).slice(0, 9)}`,
        "open",
        { ...ask, [name]: value },
        "invalid_argument",
        [name],
      ),
    ),
  ),
  fork("drive that is no flag", "open", { ...ask, drive: "no" }, "invalid_argument", ["drive"]),
  fork("a negative step budget", "open", { ...ask, maxSteps: -1 }, "invalid_argument", [
    "maxSteps",
  ]),
  fork("vars that are a list", "open", { ...ask, vars: [1] }, "invalid_json_value", ["vars"]),
  fork("vars that are a text", "open", { ...ask, vars: "x" }, "invalid_json_value", ["vars"]),
  fork(
    "a path to a prototype",
    "open",
    { ...ask, vars: { "a.__proto__": 1 } },
    "invalid_argument",
    ["a.__proto__"],
  ),
  fork(
    "limits that are none",
    "open",
    { ...ask, vars: { "_limits.budget_cost": -1 } },
    "invalid_argument",
    ["budget_cost"],
  ),
  fork(
    "vars that the schema refuses",
    "typed",
    { ...ask, atSeq: 1, vars: { n: "1" } },
    "schema_mismatch",
    ["vars.n: give a number"],
  ),
  {
    what: "fork: a workflow that nobody here knows",
    door: ({ world }) => world.runtime().fork("open", { effects: "ask" }),
    code: "workflow_not_registered",
    says: ["open"],
  },
  ...[0, 4, 2.5, Number.POSITIVE_INFINITY, "1", undefined].flatMap((seq) => [
    inThePast("stateAt", seq),
    inThePast("diff", seq),
  ]),
  {
    what: "diff: a moment without a run",
    door: ({ runtime }) => runtime.diff({ runId: "open", seq: 1 }, { seq: 1 } as never),
    code: "invalid_argument",
    says: ["runId", "seq"],
  },
  {
    what: "diff: a run that is not there",
    door: ({ runtime }) => runtime.diff({ runId: "open", seq: 1 }, { runId: "nobody", seq: 1 }),
    code: "run_not_found",
    says: ["nobody"],
  },
  snapshot("no name", {}, "invalid_argument", ["name"]),
  snapshot("an empty name", { name: "" }, "invalid_argument", ["name"]),
  snapshot("tags that are a text", { name: "n", tags: "a" }, "invalid_argument", ["tags"]),
  snapshot("a description that is a number", { name: "n", description: 1 }, "invalid_argument", [
    "description",
  ]),
  snapshot("an id that could leave a folder", { name: "n", snapshotId: "../x" }, "invalid_id", [
    "snapshot id",
  ]),
  snapshot("an option that there is not", { name: "n", tag: "x" }, "invalid_argument", ["tags"]),
  snapshot("a record that is not there", { name: "n", atSeq: 9 }, "invalid_argument", ["from 1"]),
  snapshot("a run that is not there", { name: "n" }, "run_not_found", ["nobody"], "nobody"),
  {
    what: "snapshot: a runtime that keeps none",
    door: ({ runtime }) => runtime.snapshot("open", { name: "n" }),
    code: "invalid_argument",
    says: ["snapshots"],
  },
  {
    what: "restore: a snapshot that is not there",
    door: (scene) => withSnapshots(scene).restore("nothing", { effects: "ask" }),
    code: "snapshot_not_found",
    says: ["nothing"],
  },
  {
    what: "restore: no word on effects",
    door: (scene) => withSnapshots(scene).restore("nothing", {} as never),
    code: "invalid_argument",
    says: ["effects"],
  },
  {
    what: "restore: another place than the snapshot's",
    door: (scene) => withSnapshots(scene).restore("nothing", { effects: "ask", atSeq: 2 } as never),
    code: "invalid_argument",
    says: ["options.atSeq"],
  },
];

/** Calls whose signal is aborted already. */
export const abortedForks: readonly {
  readonly what: string;
  readonly door: (scene: Scene, signal: AbortSignal) => unknown;
}[] = [
  { what: "fork", door: ({ runtime }, signal) => runtime.fork("open", { effects: "ask", signal }) },
  {
    what: "snapshot",
    door: (scene, signal) => withSnapshots(scene).snapshot("open", { name: "n", signal }),
  },
  {
    what: "restore",
    door: (scene, signal) => withSnapshots(scene).restore("n", { effects: "ask", signal }),
  },
  { what: "stateAt", door: ({ runtime }, signal) => runtime.stateAt("open", 1, { signal }) },
  { what: "diff", door: ({ runtime }, signal) => runtime.diff("open", 1, 2, { signal }) },
];
