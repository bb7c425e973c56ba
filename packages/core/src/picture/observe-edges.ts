import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { GraphTally } from "./graph-tally.ts";
import type { ObservedGraph } from "./observed-graph.ts";
import { RunCursor } from "./run-cursor.ts";

export interface ObserveOptions {
  /** Only runs of this workflow count. What a run is of stands in its first record, so that has to be there. */
  readonly workflowId?: string | undefined;
}

/** The positions of so many runs are remembered: those met last. */
const MAX_RUNS = 10_000;

/**
 * What records show of the graphs that runs took: edges, and how often each was passed; nodes, with their visits, failed
 * attempts and waits. Of an async iterable, a promise of it.
 *
 * Memory grows with the graph, not with the records: beside the sums, it holds the positions of the 10,000 runs met last.
 * Records of one run have to come in their order; those of several may mix. Where a run's beginning is missing, what can't
 * be placed is counted as `unplaced`. What a fork copied from another run counts as its own.
 *
 * @throws invalid_argument not an iterable of ledger records
 */
export function observeEdges(
  records: Iterable<LedgerRecord>,
  options?: ObserveOptions,
): ObservedGraph;
export function observeEdges(
  records: AsyncIterable<LedgerRecord>,
  options?: ObserveOptions,
): Promise<ObservedGraph>;
export function observeEdges(
  records: Iterable<LedgerRecord> | AsyncIterable<LedgerRecord>,
  options: ObserveOptions = {},
): ObservedGraph | Promise<ObservedGraph> {
  const observer = new GraphObserver(options);
  if (isAsync(records)) return observeLater(records, observer);
  if (!isIterable(records)) throw invalid("records: give an iterable of ledger records");
  for (const record of records) observer.read(record);
  return observer.result();
}

async function observeLater(
  records: AsyncIterable<LedgerRecord>,
  observer: GraphObserver,
): Promise<ObservedGraph> {
  for await (const record of records) observer.read(record);
  return observer.result();
}

/** A run's cursor, and the record that it has read last. */
interface Followed {
  readonly cursor: RunCursor;
  readonly seq: number;
}

class GraphObserver {
  readonly #tally = new GraphTally();
  readonly #runs = new Map<string, Followed>();
  readonly #workflowId: string | undefined;

  constructor({ workflowId }: ObserveOptions) {
    this.#workflowId = workflowId;
  }

  read(record: unknown): void {
    if (!isRecord(record)) throw invalid("records: one of them is not a ledger record");
    const cursor = this.#cursorFor(record);
    this.#follow(record, cursor);
    const { workflowId } = cursor;
    if (this.#workflowId !== undefined && workflowId !== this.#workflowId) {
      if (workflowId === null) this.#tally.addUnplaced();
      return;
    }
    if (record.kind === "created" || record.kind === "adopted") this.#tally.addRun();
    cursor.read(record, this.#tally);
  }

  result(): ObservedGraph {
    return this.#tally.result();
  }

  #cursorFor(record: LedgerRecord): RunCursor {
    if (record.kind === "created") return new RunCursor(record.workflowId);
    if (record.kind === "adopted") return new RunCursor(record.run.workflowId);
    const from = record.kind === "forked" ? record.origin.runId : record.runId;
    const known = this.#runs.get(from);
    if (record.kind === "forked") this.#runs.delete(from); // its cursor goes on as the fork's
    if (known === undefined) return new RunCursor(null);
    return record.seq === known.seq + 1 ? known.cursor : new RunCursor(known.cursor.workflowId);
  }

  /** The run met last stands last. */
  #follow({ runId, seq }: LedgerRecord, cursor: RunCursor): void {
    this.#runs.delete(runId);
    this.#runs.set(runId, { cursor, seq });
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest);
  }
}

/** Whether a value looks like a record: enough of it to be read here. */
export function isRecord(value: unknown): value is LedgerRecord {
  if (typeof value !== "object" || value === null) return false;
  const { kind, runId, nodeId, seq } = value as Record<string, unknown>;
  return [kind, runId, nodeId].every((text) => typeof text === "string") && Number.isInteger(seq);
}

function isAsync<T>(value: Iterable<T> | AsyncIterable<T>): value is AsyncIterable<T> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

export function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
