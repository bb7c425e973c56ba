import { startVars } from "../drive/start-vars.ts";
import { diffJson } from "../diff/diff-json.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Patch } from "../json/patch.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { Limits } from "../limits/limits.ts";
import type { RunState } from "../run/run-state.ts";
import { instantly } from "../step/transition.ts";
import type { Workflow } from "../workflow/workflow.ts";

/** The record with which a run gets its graph, or fails for want of an input. */
export type EntryBody = Extract<RecordBody, { kind: "entered" | "ended" }>;

/**
 * The record with which a run that was started by its workflow's id begins at the workflow's entry. Where the input is
 * none for the workflow, the record that fails the run.
 *
 * @param now milliseconds since 1970
 */
export async function planEntry(
  run: RunState,
  workflow: Workflow,
  limits: Limits,
  now: number,
): Promise<EntryBody> {
  try {
    const vars = await startVars(workflow, run.vars, limits);
    return {
      kind: "entered",
      nodeId: workflow.entry,
      workflowVersion: workflow.version,
      graphHash: workflow.graphHash,
      changes: changesOf(run.vars, vars),
      ...instantly(now),
    };
  } catch (error) {
    if (!isAbstractRuntimeError(error)) throw error;
    const { code, message, details } = error;
    const place = { nodeId: null, stepId: null, attempt: null };
    return {
      kind: "ended",
      status: "failed",
      nodeId: run.currentNode,
      path: [],
      changes: [],
      output: null,
      error: { code, message, ...place, details },
      ...instantly(now),
    };
  }
}

function changesOf(from: JsonObject, to: JsonObject): Patch {
  return diffJson(from, to).map((change) => {
    const { old: _, ...operation } = change;
    return operation;
  });
}
