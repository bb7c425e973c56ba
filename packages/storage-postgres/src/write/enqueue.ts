import {
  AbstractRuntimeError,
  canonicalJson,
  decodeRecord,
  formatInstant,
  type LedgerRecord,
  type NewRun,
} from "@abstractruntime/core/store";
import { asStoreError } from "../connection/pg-error.ts";
import { inSchema } from "../schema/schema-name.ts";
import { createStatement } from "./create-statement.ts";

/** A connection with a transaction of the caller's, of which only `query` is called: a client of node-postgres is one. */
export interface Transaction {
  query(
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

export interface EnqueueRequest {
  readonly given: NewRun;
  /** Whether the run that has its id already is the same, by its first record. */
  readonly isAlike: (given: NewRun, first: LedgerRecord) => boolean;
  readonly schema: string;
  readonly testNow: number | null;
}

export interface Enqueued {
  readonly runId: string;
  /** False: a run with this id was there, started alike. */
  readonly created: boolean;
}

/** Bring a run into being within somebody's transaction, due at the database's time. @throws run_exists */
export async function enqueue(
  transaction: Transaction,
  { given, isAlike, schema, testNow }: EnqueueRequest,
): Promise<Enqueued> {
  const ask = async (text: string, values: unknown[]) => {
    try {
      return (await transaction.query(inSchema(text, schema), values)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  };
  const { runId } = given.run;
  const [clock] = await ask("select coalesce($1::bigint, {s}.clock_ms()) as now", [testNow]);
  const now = Number(clock?.["now"]);
  const { text, values } = createStatement([{ ...given, wakeAt: formatInstant(now) }], now);
  const [answer] = await ask(text, [...values]);
  const born = answer?.["born"];
  if (Array.isArray(born) && born.includes(runId)) return { runId, created: true };
  const first = "select record from {s}.ledger where run_id = $1 order by seq limit 1";
  const [found] = await ask(first, [runId]);
  const record = decodeRecord(String(found?.["record"]), `run ${runId}, record 0`);
  if (!isAlike(given, record)) throw exists(runId);
  return { runId, created: false };
}

/** Whether a run that is there was started as one that `prepareRun` made. */
export function isSameStart({ records }: NewRun, first: LedgerRecord): boolean {
  const wanted = records[0];
  return (
    wanted?.kind === "created" &&
    first.kind === "created" &&
    first.workflowId === wanted.workflowId &&
    canonicalJson(first.vars) === canonicalJson(wanted.vars)
  );
}

function exists(runId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "run_exists",
    `run ${runId} exists, with another workflow or other vars: use another id, or the same vars`,
    { details: { runId } },
  );
}
