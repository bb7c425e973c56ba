import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { setAtPath } from "../json/dotted-path.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Wait } from "../wait/wait.ts";
import type { Pending } from "./pending.ts";
import type { RunError, RunningRun, RunState } from "./run-state.ts";

/** The run, going on: it waits for nothing. */
export function running(run: RunState): RunningRun {
  return {
    ...run,
    status: "running",
    waiting: null,
    pending: run.pending,
    output: null,
    error: null,
  };
}

/** Store a result; a null result leaves `vars` as they were, as in 0.2.0. */
export function keep(vars: JsonObject, resultKey: string | null, result: JsonValue): JsonObject {
  return resultKey === null || result === null ? vars : setAtPath(vars, resultKey, result);
}

/** What failed for good goes to the node that handles it; a run without one is failed by the `ended` record that follows. */
export function handleError(
  run: RunState,
  node: string | null,
  resultKey: string | null,
  error: RunError,
): RunningRun {
  if (node === null) return { ...running(run), pending: null };
  const told: JsonObject = { error: { ...error } };
  return {
    ...running(run),
    pending: null,
    currentNode: node,
    vars: keep(run.vars, resultKey, told),
  };
}

/** The open step that a record speaks of. @throws store_corrupt */
export function open(run: RunState, stepId: string, record: LedgerRecord): Pending {
  if (run.pending === null || run.pending.stepId !== stepId) throw misplaced(run, record);
  return run.pending;
}

/** The open wait that a record speaks of. @throws store_corrupt */
export function waitOf(run: RunState, waitId: string, record: LedgerRecord): Wait {
  if (run.waiting === null || run.waiting.waitId !== waitId) throw misplaced(run, record);
  return run.waiting;
}

/** The record does not follow the run. */
export function misplaced(run: RunState, record: LedgerRecord): AbstractRuntimeError {
  const where = `${record.runId}: record ${record.seq} (${record.kind})`;
  const expected = `run ${run.runId} at record ${run.seq} (${run.status})`;
  return new AbstractRuntimeError(
    "store_corrupt",
    `${where} does not follow ${expected}: repair the store`,
    {
      details: { runId: run.runId, seq: record.seq },
    },
  );
}
