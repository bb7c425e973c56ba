import { isEqualJson } from "../json/is-equal-json.ts";
import type { RunState } from "../run/run-state.ts";
import { diffJson, type ValueChange } from "./diff-json.ts";

/** What can differ between two moments of runs, beside `vars`. */
const fields = [
  "status",
  "currentNode",
  "waiting",
  "pending",
  "output",
  "error",
  "paused",
  "workflowVersion",
  "graphHash",
] as const;

type Field = (typeof fields)[number];

/** A field before and after. */
export interface FieldChange<Value> {
  readonly from: Value;
  readonly to: Value;
}

/** How one moment differs from another. A field is there only when it does. */
export type StateDiff = {
  /** As a JSON Patch that makes the one `vars` of the other, with old values. */
  readonly vars: readonly ValueChange[];
} & { readonly [Key in Field]?: FieldChange<RunState[Key]> };

/** What changed from one state to another: of one run at two moments, or of two runs. */
export function diffStates(from: RunState, to: RunState): StateDiff {
  const changed = fields.flatMap((field) =>
    isEqualJson(from[field], to[field])
      ? []
      : [[field, { from: from[field], to: to[field] }] as const],
  );
  return { vars: diffJson(from.vars, to.vars), ...Object.fromEntries(changed) };
}
