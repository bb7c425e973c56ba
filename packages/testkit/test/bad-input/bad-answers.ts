import type { ErrorCode } from "@abstractruntime/core";
import type { Scene } from "./scene.ts";

/** Something asked of a populated store that is refused; `says` are parts of the message. */
export interface Refused {
  readonly what: string;
  readonly door: (scene: Scene) => unknown;
  readonly code: ErrorCode;
  readonly says: readonly string[];
}

const answering = (
  what: string,
  runId: string,
  answer: unknown,
  options: (scene: Scene) => { waitId?: string; waitKey?: string },
  code: ErrorCode,
  says: readonly string[],
): Refused => ({
  what,
  door: (scene) => scene.runtime.resume(runId, answer, options(scene)),
  code,
  says,
});

const byId =
  (of: string) =>
  ({ waitIds }: Scene) => ({ waitId: waitIds[of] ?? "" });

/** Answers and settlements that fit no wait. */
export const badAnswers: readonly Refused[] = [
  answering("no wait is named", "open", 1, () => ({}), "invalid_argument", ["waitId", "waitKey"]),
  answering("another key", "open", 1, () => ({ waitKey: "x" }), "wait_key_mismatch", [
    "'k'",
    "'x'",
  ]),
  answering("an empty key", "open", 1, () => ({ waitKey: "" }), "wait_key_mismatch", ["'k'", "''"]),
  answering("none of several keys", "event", 1, () => ({ waitKey: "c" }), "wait_key_mismatch", [
    "a",
    "b",
    "'c'",
  ]),
  answering("another run's wait", "open", 1, byId("choice"), "wait_id_mismatch", [
    "load the run again",
  ]),
  answering("a wait that never was", "open", 1, () => ({ waitId: "w" }), "wait_id_mismatch", [
    "wait w",
  ]),
  answering(
    "the right wait by a wrong key",
    "open",
    1,
    (scene) => ({ ...byId("open")(scene), waitKey: "x" }),
    "wait_key_mismatch",
    ["'x'"],
  ),
  answering("none of the choices", "choice", "maybe", byId("choice"), "invalid_answer", [
    '"yes"',
    '"no"',
  ]),
  answering(
    "a choice in a field that says none",
    "choice",
    { mood: "yes" },
    byId("choice"),
    "invalid_answer",
    ['"yes"'],
  ),
  answering(
    "what the node's schema refuses",
    "strict",
    { n: "1" },
    byId("strict"),
    "schema_mismatch",
    ["answer.n: give a number"],
  ),
  answering(
    "what the node's schema makes no JSON of",
    "dated",
    "now",
    byId("dated"),
    "invalid_json_value",
    ["answer.when: Date is not JSON"],
  ),
  answering(
    "none of the choices of a question that is one of several things",
    "several",
    "maybe",
    byId("several"),
    "invalid_answer",
    ['"yes"', '"no"'],
  ),
  answering(
    "an event that is one of several things",
    "several",
    "yes",
    () => ({ waitKey: "paid" }),
    "invalid_answer",
    ["'ask'", "'paid'", "emit an event"],
  ),
  answering(
    "several things, and none of their keys",
    "several",
    "yes",
    () => ({ waitKey: "x" }),
    "wait_key_mismatch",
    ["ask", "paid", "'x'"],
  ),
  answering(
    "several things, none of them a question",
    "unasked",
    "yes",
    byId("unasked"),
    "invalid_answer",
    ["none of them an answer"],
  ),
  answering("a timer, by key", "timer", 1, () => ({ waitKey: "timer" }), "wait_key_mismatch", [
    "'timer'",
  ]),
  answering("a child's end", "parent", { output: 1 }, byId("parent"), "invalid_answer", ["child"]),
  answering("a gate", "sends", { happened: 1 }, byId("sends"), "invalid_answer", [
    "unknown_outcome",
    "settle",
  ]),
  answering("an ended run", "ended", 1, () => ({ waitId: "w" }), "run_not_waiting", [
    "ended",
    "completed",
  ]),
  answering("a cancelled run", "cancelled", 1, () => ({ waitKey: "k" }), "run_not_waiting", [
    "cancelled",
  ]),
  answering(
    "a run that does not wait yet",
    "running",
    1,
    () => ({ waitKey: "k" }),
    "run_not_waiting",
    ["running"],
  ),
  answering("a run that is not there", "nobody", 1, () => ({ waitKey: "k" }), "run_not_found", [
    "nobody",
  ]),
  {
    what: "a settlement of another wait",
    door: ({ runtime }) => runtime.settle("sends", "w", "give_up"),
    code: "wait_id_mismatch",
    says: ["not w"],
  },
  {
    what: "a settlement of a wait that is no gate",
    door: ({ runtime, waitIds }) => runtime.settle("open", waitIds["open"] ?? "", "give_up"),
    code: "run_not_waiting",
    says: ["open", "no gate"],
  },
  {
    what: "a settlement of an ended run",
    door: ({ runtime }) => runtime.settle("ended", "w", "give_up"),
    code: "run_not_waiting",
    says: ["ended"],
  },
  {
    what: "a settlement of no run",
    door: ({ runtime }) => runtime.settle("nobody", "w", "give_up"),
    code: "run_not_found",
    says: ["nobody"],
  },
  ...[undefined, null, "maybe", {}, 7].map((verdict): Refused => ({
    what: `the verdict ${JSON.stringify(verdict)}`,
    door: ({ runtime, waitIds }) =>
      runtime.settle("sends", waitIds["sends"] ?? "", verdict as "give_up"), // what untyped callers give
    code: "invalid_argument",
    says: ["happened", "not_happened", "give_up"],
  })),
];
