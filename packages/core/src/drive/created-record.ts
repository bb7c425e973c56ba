import type { JsonObject } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { ParentLink } from "../run/run-state.ts";
import { instantly } from "../step/transition.ts";
import type { Workflow } from "../workflow/workflow.ts";

/** The record that brings a run into being. */
export function createdRecord(run: {
  readonly workflow: Workflow;
  /** Where it begins; the entry by default. */
  readonly node?: string;
  readonly vars: JsonObject;
  readonly nonce: string;
  readonly parentRunId: string | null;
  readonly parent: ParentLink | null;
  readonly depth: number;
  readonly now: number;
}): RecordBody {
  const { workflow, vars, nonce, parentRunId, parent, depth } = run;
  return {
    kind: "created",
    nodeId: run.node ?? workflow.entry,
    workflowId: workflow.id,
    workflowVersion: workflow.version,
    graphHash: workflow.graphHash,
    vars,
    nonce,
    parentRunId,
    parent,
    depth,
    ...instantly(run.now),
  };
}
