import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RunState } from "../run/run-state.ts";
import type { Wait } from "../wait/wait.ts";
import { invalid } from "./graph-input.ts";
import { shortText } from "./mermaid-label.ts";
import { isIterable, isRecord, observeEdges } from "./observe-edges.ts";
import type { ObservedGraph, ObservedNode } from "./observed-graph.ts";

/** The run to draw: `{ state: await run.state(), records: await run.ledger() }`. */
export interface PicturedRun {
  readonly state: RunState;
  /**
   * The records of its ledger; newer ones than the state are left out. Without records the picture shows where the run
   * stands, not how it came there.
   */
  readonly records?: Iterable<LedgerRecord> | undefined;
}

/** What the run was or is at a node. */
export type NodeMark =
  | "passed"
  | "retried"
  | "current"
  | "waiting"
  | "completed"
  | "failed"
  | "cancelled";

const MAX_KEYS = 3;
const MAX_TEXT = 60;

/** What the run's records show, up to its state; null without records. @throws invalid_argument records of another run */
export function observeRun({ state, records }: PicturedRun): ObservedGraph | null {
  if (records === undefined) return null;
  if (!isIterable(records)) throw invalid("run.records: give an iterable of ledger records");
  return observeEdges(ownRecords(state, records));
}

function* ownRecords(state: RunState, records: Iterable<LedgerRecord>): Generator<LedgerRecord> {
  let runId: string | null = null;
  for (const record of records) {
    if (isRecord(record) && record.seq > state.seq) break;
    yield record;
    // What a fork copied is another run's, up to the record that says so.
    if (runId !== null && runId !== record.runId && record.kind !== "forked")
      throw otherRuns(`${runId} and ${record.runId}`, state);
    ({ runId } = record);
  }
  if (runId !== null && runId !== state.runId) throw otherRuns(runId, state);
}

function otherRuns(given: string, { runId }: RunState): Error {
  return invalid(`run.records: of ${given}; give those of run ${runId}, which the state is of`);
}

/** How the run marks a node; null for one that it did not come to. */
export function markOf(
  state: RunState,
  nodeId: string,
  seen: ObservedNode | null,
): NodeMark | null {
  if (nodeId === state.currentNode) return state.status === "running" ? "current" : state.status;
  if (seen === null || seen.visits === 0) return null;
  return seen.failures === 0 ? "passed" : "retried";
}

/** What the picture says below a node's name, as the inside of labels. */
export function notesOf(
  state: RunState,
  nodeId: string,
  seen: ObservedNode | null,
): readonly string[] {
  const failures = seen === null || seen.failures === 0 ? [] : [failuresText(seen.failures)];
  if (nodeId !== state.currentNode) return failures;
  return [...(state.paused ? ["paused"] : []), ...statusNotes(state), ...failures];
}

function failuresText(failures: number): string {
  return failures === 1 ? "1 failed attempt" : `${failures} failed attempts`;
}

function statusNotes(state: RunState): readonly string[] {
  switch (state.status) {
    case "running":
      return state.pending === null ? [] : [pendingText(state.pending)];
    case "waiting":
      return waitTexts(state);
    case "failed":
      return [`failed with ${short(state.error.code)}`];
    case "completed":
    case "cancelled":
      return [state.status];
    default:
      return state satisfies never;
  }
}

function pendingText({
  effect,
  phase,
  attempt,
  notBefore,
}: NonNullable<RunState["pending"]>): string {
  const type = short(effect.type);
  if (notBefore !== null && phase === "ready") return `${type}, again at ${short(notBefore)}`;
  return attempt === 1 ? type : `${type}, attempt ${attempt}`;
}

function waitTexts({
  waiting,
  pending,
}: Extract<RunState, { status: "waiting" }>): readonly string[] {
  const timeout = waiting.timeout === null ? [] : [`timeout at ${short(waiting.timeout.at)}`];
  if (waiting.gate === null) return [waitText(waiting), ...timeout];
  const before = pending === null ? "" : ` before ${short(pending.effect.type)}`;
  return [`gate ${short(waiting.gate)}${before}`, ...timeout];
}

function waitText({ reason, until, waitKey, waitKeys, join }: Wait): string {
  if (join !== null) return `waits for ${join.total} children`;
  const keys = waitKeys.length > 0 || waitKey === null ? waitKeys : [waitKey];
  const shown = [...keys.slice(0, MAX_KEYS).map(short), ...(keys.length > MAX_KEYS ? ["…"] : [])];
  const what = reason === "until" ? [] : [`for ${[reason, shown.join(", ")].join(" ").trimEnd()}`];
  const when = until === null ? [] : [`until ${short(until)}`];
  return `waits ${[...what, ...when].join(", ")}`;
}

function short(text: string): string {
  return shortText(text, MAX_TEXT);
}
